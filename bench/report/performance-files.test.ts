import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { MEASURES } from "../measures/index.ts";
import { FOLDER, performanceFiles, RECORD } from "./performance-files.ts";
import { readRecord } from "./record.ts";

it("docs/performance.md and its plots are what the results give; npm run bench -- --rounds 0 --write", async () => {
  const files = performanceFiles(await readRecord(RECORD), MEASURES);
  for (const [path, content] of files) expect(readFileSync(path, "utf8")).toBe(content);
  const there = globSync("*", { cwd: FOLDER }).map((name) => join(FOLDER, name));
  expect(there.filter((path) => !files.has(path))).toEqual([]);
});
