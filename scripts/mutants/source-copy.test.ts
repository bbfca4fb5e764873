import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { copySource } from "./source-copy.ts";

const MUTANT = { file: "file.ts", from: "good", to: "bad", test: "file.test.ts", name: "is good" };

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "dumbwaiter-source-copy-"));
  execFileSync("git", ["init", "--quiet"], { cwd: root });
  await writeFile(join(root, ".gitignore"), "/.cache/\n");
  await writeFile(join(root, MUTANT.file), "good\n");
});
afterEach(() => rm(root, { recursive: true }));

it("is left alone by another that is made and removed meanwhile", async () => {
  const copy = await copySource(root);
  const read = () => readFile(join(copy.folder, MUTANT.file), "utf8");
  await copy.whileMutated(MUTANT, async () => {
    const another = await copySource(root);
    expect(await readFile(join(another.folder, MUTANT.file), "utf8")).toBe("good\n");
    expect(await read()).toBe("bad\n");
    await another.remove();
    expect(await read()).toBe("bad\n");
  });
  expect(await read()).toBe("good\n");
  await copy.remove();
  expect(existsSync(copy.folder)).toBe(false);
  expect(await readFile(join(root, MUTANT.file), "utf8")).toBe("good\n");
});
