import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../../../..");

/** What tests build or fetch once; git-ignored. */
export const CACHE = join(ROOT, ".cache");
