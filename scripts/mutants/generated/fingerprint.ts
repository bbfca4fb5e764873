import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hashOf } from "./cache.ts";

/** What test files share: some are a few lines that call a contract, which has the tests. */
const SHARED = ["packages/core/contracts/**/*.ts", "{packages,services}/*/testing/**/*.ts"];

/** Changes with the sources of an area, and with what its tests share. */
export function fingerprintOf(root: string, sources: readonly string[]): string {
  const files = [...sources, ...globSync(SHARED, { cwd: root }).sort()];
  return hashOf(files.flatMap((file) => [file, readFileSync(join(root, file), "utf8")]));
}
