import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import type { Measure } from "../runner/measure.ts";
import { performanceMarkdown } from "./performance-markdown.ts";
import { plotSvg } from "./plot.ts";
import { plotsOf } from "./plots.ts";
import { merged, readRecord, writeRecord } from "./record.ts";
import type { Results } from "./results.ts";

const FOLDER = join(ROOT, "docs/performance");
const RECORD = join(FOLDER, "results.json");

/** Adds the results to those in `docs/performance`, and writes `docs/performance.md` and its plots from all. */
export async function writePerformance(results: Results, measures: readonly Measure[]): Promise<void> {
  const names = measures.flatMap(({ figures }) => figures.map(({ name }) => name));
  const record = merged(await readRecord(RECORD), results, names);
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  await writeRecord(RECORD, record);
  const plots = plotsOf(record);
  for (const [file, plot] of plots) await writeFile(join(FOLDER, file), plotSvg(plot));
  const markdown = performanceMarkdown(record, measures, [...plots.keys()]);
  await writeFile(join(ROOT, "docs/performance.md"), markdown);
}
