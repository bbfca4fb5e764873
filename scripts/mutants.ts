import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { tryAreas } from "./mutants/generated/try-areas.ts";
import { MUTANTS } from "./mutants/index.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { runTests, type TestRun } from "./mutants/run-tests.ts";
import { copySource, type SourceCopy } from "./mutants/source-copy.ts";
import { onStop } from "./on-stop.ts";

const HELP = `npm run test:mutants -- [--changed COMMIT] [--minutes N] [PATTERN]
npm run test:mutants -- --generated [--sample N] [PATTERN]

Breaks a copy of the code in the places that carry its guarantees, one at a time, and runs the test that must fail. Exits
with code 1 if one passes.

  PATTERN           only mutants whose file, test or name of the test matches
  --changed COMMIT  only mutants whose file or test file has changed since then
  --minutes N       begins no other mutant after that time

With --generated, tries instead a sample of the standard mutants that Stryker makes of the areas in
scripts/mutants/generated/areas.ts, and prints the score of each. It keeps what it finds in .cache, and goes on from there.

  PATTERN           only areas whose name matches
  --sample N        the first N mutants of each area, in an order that never changes; 25 by default
`;

const ROOT = new URL("..", import.meta.url).pathname;

const testRun = ({ folder }: SourceCopy, { test, name }: Mutant): TestRun => ({
  root: folder,
  files: [test],
  options: ["-t", name],
});

type Verdict = "killed" | "SURVIVED" | "BROKEN";

async function tried(copy: SourceCopy, mutant: Mutant, signal: AbortSignal): Promise<[Verdict, string?]> {
  const run = testRun(copy, mutant);
  const outcome = await copy.whileMutated(mutant, () => runTests(run, signal));
  if ("broken" in outcome) return ["BROKEN", outcome.broken];
  return [outcome.failed.length > 0 ? "killed" : "SURVIVED"];
}

/** A test that fails without the mutant says nothing about it. */
async function passes(copy: SourceCopy, mutant: Mutant, signal: AbortSignal): Promise<string | undefined> {
  const outcome = await runTests(testRun(copy, mutant), signal);
  if ("broken" in outcome) return outcome.broken;
  return outcome.failed.length > 0 ? `fails without the mutant: ${outcome.failed.join(", ")}` : undefined;
}

function chosen(pattern: string, changedSince: string | undefined): Mutant[] {
  const changed = changedSince && new Set(changedFiles(changedSince));
  const wanted = new RegExp(pattern);
  return MUTANTS.filter(
    ({ file, test, name }) =>
      [file, test, name].some((text) => wanted.test(text)) &&
      (!changed || changed.has(file) || changed.has(test)),
  );
}

function changedFiles(commit: string): string[] {
  return execFileSync("git", ["diff", "--name-only", commit], { cwd: ROOT, encoding: "utf8" }).split("\n");
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      changed: { type: "string" },
      minutes: { type: "string", default: "Infinity" },
      generated: { type: "boolean", default: false },
      sample: { type: "string", default: "25" },
      help: { type: "boolean", default: false },
    },
  });
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  if (values.help) return print(HELP);
  const sample = Number(values.sample);
  if (!Number.isInteger(sample) || sample < 1) throw new Error("--sample must be a positive integer");
  const minutes = Number(values.minutes);
  if (!(minutes >= 0)) throw new Error("--minutes must be a number from 0");
  const stopping = new AbortController();
  onStop(async () => stopping.abort());
  const { signal } = stopping;
  const pattern = positionals[0] ?? "";
  if (values.generated) {
    await tryAreas({ root: ROOT, pattern, sample, print, signal });
    if (signal.aborted) process.exitCode = 1;
    return;
  }
  const mutants = chosen(pattern, values.changed);
  const copy = await copySource(ROOT);
  const until = performance.now() + minutes * 60_000;
  const good = new Map<string, string | undefined>();
  let killed = 0;
  let left = 0;
  for (const [index, mutant] of mutants.entries()) {
    if (performance.now() > until) {
      print(`The time is over before ${mutants.length - index} of ${mutants.length}`);
      break;
    }
    const test = `${mutant.test} -t "${mutant.name}"`;
    if (!good.has(test)) good.set(test, await passes(copy, mutant, signal));
    const bad = good.get(test);
    const [verdict, why] = bad === undefined ? await tried(copy, mutant, signal) : (["BROKEN", bad] as const);
    if (signal.aborted) break;
    print(
      `${index + 1}/${mutants.length} ${verdict} ${mutant.file}: ${oneLine(mutant.from)} → ${oneLine(mutant.to)}`,
    );
    if (verdict === "killed") {
      killed += 1;
      continue;
    }
    print(`  ${test}`);
    if (why) print(why);
    left += 1;
  }
  await copy.remove();
  if (signal.aborted || left > 0) process.exitCode = 1;
  print(`${killed} of ${killed + left} killed`);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

await main();
