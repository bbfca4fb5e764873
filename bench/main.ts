import { resolve } from "node:path";
import { inspect } from "node:util";
import { type Arguments, parseArguments } from "./arguments.ts";
import { helpOf } from "./help.ts";
import { MEASURES } from "./measures/index.ts";
import { machine, type Result, resultsOf } from "./report/results.ts";
import { textOf } from "./report/text.ts";
import { writePerformance } from "./report/write-performance.ts";
import { createProgress } from "./runner/progress.ts";
import { runMeasure } from "./runner/run-measure.ts";
import { thisTree } from "./trees/tree.ts";
import { treeOfCommit } from "./trees/tree-of-commit.ts";

const progress = createProgress(process.stderr);

async function bench({ only, rounds, scale, against, json, write, profile }: Arguments): Promise<void> {
  const own = await thisTree();
  const other =
    against === undefined
      ? undefined
      : await treeOfCommit(against, (line) => void process.stderr.write(`${line}\n`));
  const source = {
    ...{ machine: machine(), commit: own.commit },
    ...(other && { against: other.commit }),
    ...(scale !== 1 && { scale }),
  };
  const measures: Result[] = [];
  if (rounds === 0) return await writePerformance({ ...source, measures }, MEASURES);
  for (const measure of MEASURES.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const found = await runMeasure(measure, own, other, {
      ...{ rounds, scale, profiles: profile === undefined ? undefined : resolve(profile) },
      onStep: (step) => progress.show(`${measure.name}: ${step}`),
    });
    progress.clear();
    const results = resultsOf(measure, found);
    measures.push(...results);
    // After each, so that a run that is interrupted is not in vain.
    if (write) await writePerformance({ ...source, measures }, MEASURES);
    if (!json) process.stdout.write(`${textOf(measure, results)}\n`);
  }
  if (json) process.stdout.write(`${JSON.stringify({ ...source, measures }, null, 2)}\n`);
}

try {
  const args = parseArguments(
    process.argv.slice(2),
    MEASURES.map(({ name }) => name),
  );
  if (args.help) process.stdout.write(helpOf(MEASURES));
  else await bench(args);
} catch (error) {
  progress.clear();
  process.stderr.write(`${inspect(error)}\n`);
  // What hangs would keep the process. The services end with it.
  process.exit(1);
}
