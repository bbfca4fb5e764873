import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

describe("the operator's process", () => {
  it.each([
    ["does not exist", "/nowhere/kubeconfig", "no such file or directory"],
    ["is not a kubeconfig", MAIN, ""],
  ])("exits with one log line and no stack trace if its kubeconfig %s", async (_, path, problem) => {
    const env = { PATH: process.env.PATH, ADMIN_PORT: "0", HOST: "127.0.0.1", KUBECONFIG: path };
    const line = new RegExp(
      `^\\{"level":"fatal".*${problem}.*: set KUBECONFIG to the path of a kubeconfig file"\\}$`,
      "m",
    );
    await expect(promisify(execFile)(process.execPath, [MAIN], { env })).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(line),
    });
  });
});
