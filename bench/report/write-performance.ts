import { mkdir, rm, writeFile } from "node:fs/promises";
import type { Measure } from "../runner/measure.ts";
import { FOLDER, performanceFiles, RECORD } from "./performance-files.ts";
import { merged, readRecord } from "./record.ts";
import type { Results } from "./results.ts";

/** Adds the results to those in `docs/performance`, and writes `docs/performance.md` and its plots from all. */
export async function writePerformance(results: Results, measures: readonly Measure[]): Promise<void> {
  const names = measures.flatMap(({ figures }) => figures.map(({ name }) => name));
  const record = merged(await readRecord(RECORD), results, names);
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  for (const [path, content] of performanceFiles(record, measures)) await writeFile(path, content);
}
