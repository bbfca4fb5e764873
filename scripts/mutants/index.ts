import { ANONYMOUS_MUTANTS } from "./anonymous-sends.ts";
import type { Mutant } from "./mutant.ts";
import { PROCESSOR_MUTANTS } from "./processor.ts";
import { REALTIME_MUTANTS } from "./realtime.ts";
import { SQLITE_MUTANTS } from "./sqlite.ts";

export const MUTANTS: readonly Mutant[] = [
  ...PROCESSOR_MUTANTS,
  ...SQLITE_MUTANTS,
  ...REALTIME_MUTANTS,
  ...ANONYMOUS_MUTANTS,
];
