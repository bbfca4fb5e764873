import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { MUTANT_VARIABLE } from "./switched-source.ts";
import { tryMutant } from "./try-mutant.ts";

const TEST = "one.test.cjs";
const COVERAGE = { test: TEST, mutants: ["file.ts:1"], durationMs: 0 };

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "dumbwaiter-try-mutant-"));
  await writeFile(join(root, "package.json"), JSON.stringify({ jest: { transform: {} } }));
});
afterEach(() => rm(root, { recursive: true }));

/** @param fails an expression: with `mutant`, and `run`, which counts from 1 */
async function verdictIfTest(fails: string): Promise<string | undefined> {
  await writeFile(join(root, "runs"), "");
  await writeFile(
    join(root, TEST),
    `const { appendFileSync, readFileSync } = require("fs");
    test("works", () => {
      appendFileSync("runs", ".");
      const run = readFileSync("runs", "utf8").length;
      const mutant = process.env.${MUTANT_VARIABLE};
      expect(${fails}).toBe(false);
    });`,
  );
  return tryMutant(root, COVERAGE, "file.ts:1", new AbortController().signal);
}

it("says that a test kills a mutant with which it always fails", async () => {
  expect(await verdictIfTest(`mutant === "file.ts:1"`)).toBe("killed");
});

it("does not take a failure by chance for a kill", async () => {
  expect(await verdictIfTest("run === 1")).toBe("survived");
});

it("says nothing if the test fails without the mutant, too", async () => {
  expect(await verdictIfTest("true")).toBeUndefined();
});

it("asks no more of a test that passes", async () => {
  expect(await verdictIfTest("false")).toBe("survived");
  expect(await readFile(join(root, "runs"), "utf8")).toBe(".");
});
