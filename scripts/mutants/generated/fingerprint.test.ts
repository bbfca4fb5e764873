import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { fingerprintOf } from "./fingerprint.ts";

const SOURCE = "packages/a/src/source.ts";
const COUNTED = [
  SOURCE,
  "packages/core/contracts/queues.contract.ts",
  "packages/core/contracts/queues/order.ts",
  "packages/a/testing/contracts.ts",
  "services/b/testing/deep/server.ts",
];
const OTHER = "packages/a/src/other.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "dumbwaiter-fingerprint-"));
  for (const file of [...COUNTED, OTHER]) await write(file, "before");
});
afterEach(() => rm(root, { recursive: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

it.each(COUNTED)("changes with %s", async (file) => {
  const before = fingerprintOf(root, [SOURCE]);
  await write(file, "after");
  expect(fingerprintOf(root, [SOURCE])).not.toBe(before);
});

it("changes with a new contract", async () => {
  const before = fingerprintOf(root, [SOURCE]);
  await write("packages/core/contracts/new.contract.ts", "");
  expect(fingerprintOf(root, [SOURCE])).not.toBe(before);
});

it("stays the same when other files change", async () => {
  const before = fingerprintOf(root, [SOURCE]);
  await write(OTHER, "after");
  expect(fingerprintOf(root, [SOURCE])).toBe(before);
});
