import { join } from "node:path";

/** What the tests build or fetch once; git-ignored. */
export const CACHE = join(import.meta.dirname, "../../../../.cache");
