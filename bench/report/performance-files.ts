import { join } from "node:path";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import type { Measure } from "../runner/measure.ts";
import { performanceMarkdown } from "./performance-markdown.ts";
import { plotSvg } from "./plot.ts";
import { plotsOf } from "./plots.ts";
import { type Recorded, recordText } from "./record.ts";

/** Holds nothing else. */
export const FOLDER = join(ROOT, "docs/performance");
export const RECORD = join(FOLDER, "results.json");

/** The contents of `docs/performance.md` and of all in `docs/performance`, by path. */
export function performanceFiles(
  record: readonly Recorded[],
  measures: readonly Measure[],
): Map<string, string> {
  const plots = plotsOf(record);
  return new Map([
    [join(ROOT, "docs/performance.md"), performanceMarkdown(record, measures, [...plots.keys()])],
    [RECORD, recordText(record)],
    ...[...plots].map(([file, plot]) => [join(FOLDER, file), plotSvg(plot)] as const),
  ]);
}
