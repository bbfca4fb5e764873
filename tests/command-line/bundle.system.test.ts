import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundlePrograms, COMMAND_LINE } from "@dumbwaiter/bundler";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

describe("The command line in one file, as platform teams install it", () => {
  let folder: string;
  let embedded: EmbeddedProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "dumbwaiter-cli-"));
    await bundlePrograms([COMMAND_LINE], folder);
    embedded = await startEmbedded();
  });
  afterAll(async () => {
    await embedded?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const program = () => join(folder, COMMAND_LINE.name, "main.js");
  async function run(...args: string[]): Promise<string> {
    const env = { DUMBWAITER_URL: embedded.api, DATA_DIR: join(embedded.directory, "data") };
    const { stdout } = await runCommand(process.execPath, [program(), ...args], { cwd: folder, env });
    return stdout.trimEnd();
  }

  it("sends, receives live and finds messages, away from every package", async () => {
    const as = ["--token-command", `'${process.execPath}' '${program()}' token bob`];
    const id = await run("send", ...as, "--to", "bob", "--data", "AEBD", "--key", "BCDE");
    expect(JSON.parse(await run("where", "bob", id, "--json"))).toMatchObject({ id });
    expect(JSON.parse(await run("listen", ...as, "--count", "1", "--json"))).toMatchObject({ id });
    expect(await run("pull", ...as)).toBe("");
  });

  it("holds Google's clients, the notices of its packages, and no more than 9 MB", async () => {
    const away = { GOOGLE_CLOUD_PROJECT: "nowhere", PUBSUB_EMULATOR_HOST: "127.0.0.1:1" };
    const listed = runCommand(process.execPath, [program(), "dead-letters", "list"], {
      cwd: folder,
      env: away,
    });
    await expect(listed).rejects.toMatchObject({
      exitCode: 4,
      result: { stderr: expect.stringContaining("pubsub is unavailable") },
    });
    const notices = await readFile(join(folder, COMMAND_LINE.name, "third-party-notices.txt"), "utf8");
    expect(notices).toMatch(/^yargs 18\./m);
    expect((await stat(program())).size).toBeLessThan(9e6);
    expect((await stat(program())).mode & 0o111).toBe(0o111);
  });
});
