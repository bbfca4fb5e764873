import { dev } from "./dev.ts";
import type { Environment } from "./environment.ts";
import { gkeProduction } from "./gke-production.ts";
import { gkeStaging } from "./gke-staging.ts";

export const ENVIRONMENTS: readonly Environment[] = [dev, gkeStaging, gkeProduction];
