import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { ROOT } from "../tools/project-folders.ts";

const JEST = join(ROOT, "node_modules/jest/bin/jest.js");

let folder: string;
let workers: number[];
beforeEach(async () => {
  workers = [];
  folder = await mkdtemp(join(tmpdir(), "dumbwaiter-jest-"));
});
afterEach(async () => {
  for (const pid of workers.filter(isRunning)) process.kill(pid, "SIGKILL");
  await rm(folder, { recursive: true });
});

it.each(["SIGTERM", "SIGKILL"] as const)("ends Jest's workers with Jest, even after a %s", async (signal) => {
  // Each leaves a file with its process's id as its name, and goes on for ever.
  const hangs = `test("hangs", async () => {
    require("fs").writeFileSync(process.pid + ".pid", "");
    await new Promise((resolve) => setTimeout(resolve, 1e8));
  }, 1e8);`;
  for (const name of ["one", "two"]) await writeFile(join(folder, `${name}.test.cjs`), hangs);
  const testEnvironment = join(import.meta.dirname, "test-environment.mts");
  const config = { testEnvironment, rootDir: folder, testRegex: "\\.test\\.cjs$", transform: {} };
  const args = [JEST, "--config", JSON.stringify(config), "--maxWorkers", "2"];
  const jest = spawn(process.execPath, args, {
    cwd: folder,
    stdio: "ignore",
    env: { PATH: process.env.PATH },
  });
  workers = await eventually(async () => {
    const files = (await readdir(folder)).filter((file) => file.endsWith(".pid"));
    expect(files).toHaveLength(2);
    return files.map((file) => Number.parseInt(file, 10));
  });
  expect(workers).not.toContain(jest.pid);
  jest.kill(signal);
  await once(jest, "exit");
  await eventually(() => expect(workers.filter(isRunning)).toEqual([]));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
