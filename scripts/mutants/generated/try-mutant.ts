import { runTests } from "../run-tests.ts";
import { type Coverage, measureCoverage } from "./coverage.ts";
import { MUTANT_VARIABLE } from "./switched-source.ts";

export type Verdict = "killed" | "survived";

/**
 * A test kills a mutant if it fails twice with it, so that a failure by chance is none, and passes without it, so that a
 * server that does not start is none.
 *
 * @returns undefined if it fails without the mutant, too, or was interrupted: nothing is known then
 */
export async function tryMutant(
  root: string,
  { test, durationMs }: Coverage,
  mutant: string,
  signal: AbortSignal,
): Promise<Verdict | undefined> {
  const patienceMs = 90_000 + 3 * durationMs;
  const run = { root, files: [test], options: ["--bail"], env: { [MUTANT_VARIABLE]: mutant }, patienceMs };
  for (const _ of ["first", "again"]) {
    const outcome = await runTests(run, signal);
    if (!("broken" in outcome) && outcome.success) return "survived";
    if (signal.aborted) return undefined;
  }
  return (await measureCoverage(root, test, signal)) && "killed";
}
