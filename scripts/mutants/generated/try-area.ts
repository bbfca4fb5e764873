import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { copySource } from "../source-copy.ts";
import type { Area } from "./areas.ts";
import { Cache, hashOf } from "./cache.ts";
import { type Coverage, coverageOf } from "./coverage.ts";
import { EQUIVALENT } from "./equivalent.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type GeneratedMutant, sampleOf, switchSource } from "./switched-source.ts";
import { tryMutant } from "./try-mutant.ts";

/** How a sample of an area's mutants fared. */
export interface AreaScore {
  readonly mutants: number;
  readonly killed: number;
  readonly survived: number;
  readonly equivalent: number;
}

export interface TryOptions {
  readonly root: string;
  /** How many mutants. */
  readonly sample: number;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * What is known of a mutant and a test file is found out again once that file changes, a file that test files share, or
 * any source of the area. Other code that a test runs does not count.
 */
export async function tryArea(area: Area, { root, sample, print, signal }: TryOptions): Promise<AreaScore> {
  const cache = new Cache(join(root, ".cache/generated-mutants", `${area.name}.json`));
  const read = (file: string) => readFileSync(join(root, file), "utf8");
  const tests = find(area.tests, root);
  const sources = find(area.sources, root).filter((file) => !file.endsWith(".test.ts"));
  const fingerprint = fingerprintOf(root, sources);
  const copy = await copySource(root);
  try {
    const all = await switchSource(copy.folder, sources);
    const chosen = sampleOf(all, sample);
    const mutants = chosen.filter((mutant) => !isEquivalent(mutant));
    const coverage = await coverageOf({ root: copy.folder, tests, fingerprint, cache }, signal);
    const leftOut = tests.filter((file) => !coverage.some((each) => each.test === file));
    for (const test of signal.aborted ? [] : leftOut)
      print(`${area.name}: left out, because it fails without a mutant: ${test}`);
    let killed = 0;
    for (const [index, mutant] of mutants.entries()) {
      const keyWith = (file: string) => hashOf([mutant.id, mutant.from, mutant.to, fingerprint, read(file)]);
      const covering = inOrder(coverage, mutant);
      let killer = covering.find(({ test }) => cache.get(keyWith(test)) === "killed");
      for (const each of killer ? [] : covering) {
        if (cache.get(keyWith(each.test)) === "survived") continue;
        const verdict = await tryMutant(copy.folder, each, mutant.id, signal);
        if (signal.aborted) break;
        if (verdict === undefined) print(`${area.name}: fails without a mutant, too: ${each.test}`);
        else cache.set(keyWith(each.test), verdict);
        if (verdict !== "killed") continue;
        killer = each;
        break;
      }
      if (signal.aborted) break;
      if (killer) killed += 1;
      const verdict = killer ? `killed by ${basename(killer.test)}` : "SURVIVED";
      print(`${area.name} ${index + 1}/${mutants.length} ${verdict}: ${described(mutant)}`);
    }
    const [survived, equivalent] = [mutants.length - killed, chosen.length - mutants.length];
    return { mutants: all.length, killed, survived, equivalent };
  } finally {
    await copy.remove();
  }
}

function find(globs: readonly string[], root: string): string[] {
  return globs.flatMap((glob) => globSync(glob, { cwd: root })).sort();
}

/** Those that run the mutant's place: the test beside it, then the fastest. */
function inOrder(coverage: readonly Coverage[], { id, file }: GeneratedMutant): Coverage[] {
  const beside = `${basename(file, ".ts")}.`;
  const rank = ({ test, durationMs }: Coverage) => (basename(test).startsWith(beside) ? 0 : durationMs);
  return coverage.filter(({ mutants }) => mutants.includes(id)).sort((a, b) => rank(a) - rank(b));
}

function isEquivalent({ file, from, to }: GeneratedMutant): boolean {
  return EQUIVALENT.some((other) => other.file === file && other.from === from && other.to === to);
}

function described({ file, line, from, to }: GeneratedMutant): string {
  const short = (text: string) => text.replaceAll(/\s+/g, " ").slice(0, 100);
  return `${file}:${line} ${short(from)} → ${short(to) || "nothing"}`;
}
