import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { dumbwaiter } from "../../testing/run-dumbwaiter.ts";

const run = promisify(execFile);

describe("dumbwaiter completion", () => {
  let bin: string;
  beforeAll(async () => {
    bin = await mkdtemp(join(tmpdir(), "dumbwaiter-bin-"));
    await symlink(join(import.meta.dirname, "../main.ts"), join(bin, "dumbwaiter"));
  });
  afterAll(() => rm(bin, { recursive: true }));

  /** What bash offers after these words. */
  async function offered(...words: string[]): Promise<string[]> {
    const script = `source <(dumbwaiter completion bash)
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dumbwaiter; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const PATH = [bin, dirname(process.execPath), process.env.PATH].join(delimiter);
    const { stdout } = await run("bash", ["-c", script, "bash", ...words], { env: { ...process.env, PATH } });
    return stdout.trim().split("\n");
  }

  it("completes commands, their commands, options and choices in bash", async () => {
    expect(await offered("dumbwaiter", "")).toEqual(expect.arrayContaining(["send", "listen", "where"]));
    expect(await offered("dumbwaiter", "dev")).toEqual(["devices"]);
    expect(await offered("dumbwaiter", "devices", "re")).toEqual(["register", "remove"]);
    expect(await offered("dumbwaiter", "listen", "--un")).toEqual(["--until-empty"]);
    expect(await offered("dumbwaiter", "devices", "register", "phone", "--push-platform", "")).toEqual([
      "ios",
      "android",
      "web",
    ]);
    expect(await offered("dumbwaiter", "send", "package.jso")).toEqual([""]);
  });

  it("has a script for zsh, which gets descriptions", async () => {
    const { stdout } = await dumbwaiter(["completion", "zsh"]);
    expect(stdout).toMatch(/^#compdef dumbwaiter\n/);
    const { stdout: answer } = await dumbwaiter(["--get-yargs-completions", "dumbwaiter", "se"], {
      env: { SHELL: "zsh" },
    });
    expect(answer).toContain("send:Send a message that your client has sealed\n");
  });
});
