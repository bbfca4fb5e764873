import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runTests } from "../run-tests.ts";
import { type Cache, hashOf } from "./cache.ts";
import { COVERAGE_VARIABLE } from "./switched-source.ts";

/** What one test file runs, and how long it takes. */
export interface Coverage {
  readonly test: string;
  /** IDs of the mutants whose place it runs. */
  readonly mutants: readonly string[];
  readonly durationMs: number;
}

/** Runs a test file with no mutant. @returns undefined if it fails: it cannot tell a mutant from the code */
export async function measureCoverage(
  root: string,
  test: string,
  signal: AbortSignal,
): Promise<Coverage | undefined> {
  const path = join(root, "coverage.txt");
  const outcome = await runTests({ root, files: [test], env: { [COVERAGE_VARIABLE]: path } }, signal);
  const covered = existsSync(path) ? await readFile(path, "utf8") : "";
  await rm(path, { force: true });
  if ("broken" in outcome || !outcome.success) return undefined;
  const mutants = [...new Set(covered.split("\n"))].filter((id) => id !== "");
  return { test, mutants, durationMs: outcome.durations.get(test) ?? 0 };
}

export async function coverageOf(
  { root, tests, fingerprint, cache }: CoverageOptions,
  signal: AbortSignal,
): Promise<Coverage[]> {
  const all: Coverage[] = [];
  for (const test of tests) {
    if (signal.aborted) break;
    const key = hashOf(["coverage", fingerprint, await readFile(join(root, test), "utf8")]);
    const coverage = cache.get<Coverage>(key) ?? (await measureCoverage(root, test, signal));
    if (coverage === undefined) continue;
    cache.set(key, coverage);
    all.push(coverage);
  }
  return all;
}

interface CoverageOptions {
  readonly root: string;
  readonly tests: readonly string[];
  readonly fingerprint: string;
  readonly cache: Cache;
}
