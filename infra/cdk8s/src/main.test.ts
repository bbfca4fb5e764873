import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "@jest/globals";

function synth(...args: string[]) {
  const options = { encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "main.ts"), ...args],
    options,
  );
  return { status, stdout, stderr };
}

it("npm run synth says in a line what was wrong with its arguments, and explains them", () => {
  expect(synth("--bogus")).toEqual({ status: 1, stdout: "", stderr: "Unknown option '--bogus'\n" });
  expect(synth("--env", "dev", "--env", "nowhere")).toEqual({
    status: 1,
    stdout: "",
    stderr: "There is no environment nowhere; there are dev, gke-staging, gke-production.\n",
  });
  expect(synth("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("--env") });
});
