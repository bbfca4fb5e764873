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

it("npm run synth reports wrong arguments in one line, and prints its help", () => {
  expect(synth("--bogus")).toEqual({ status: 1, stdout: "", stderr: "Unknown option '--bogus'\n" });
  expect(synth("--env", "dev", "--env", "nowhere")).toEqual({
    status: 1,
    stdout: "",
    stderr: "Unknown environment nowhere; expected one of dev, gke-staging, gke-production.\n",
  });
  expect(synth("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("--env") });
});
