import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { dumbwaiter, type RunOptions } from "../../testing/run-dumbwaiter.ts";

/** For a dozen processes, one after the other, perhaps on a busy machine. */
const TIMEOUT_MS = 400_000;

const KEY = Buffer.alloc(32, 7).toString("base64");

describe("dumbwaiter access-key, with an embedded process", () => {
  let embedded: EmbeddedProcess;
  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(() => embedded.stop());

  const run = (args: readonly string[], { env, ...options }: RunOptions = {}) =>
    dumbwaiter(args, {
      cwd: embedded.directory,
      ...options,
      env: { DUMBWAITER_URL: embedded.api, ...env },
    });
  async function ok(...args: Parameters<typeof run>): Promise<string> {
    const { exitCode, stdout, stderr } = await run(...args);
    if (exitCode !== 0) throw new Error(`${args[0].join(" ")}: ${exitCode} ${stderr}`);
    return stdout.trimEnd();
  }
  async function asBob() {
    const bob = uniqueName("bob");
    return { bob, env: { DUMBWAITER_TOKEN: await ok(["token", bob]) } };
  }
  const fieldsTo = (user: string) => ["--to", user, "--data", "AEBD", "--key", "BCDE"];

  it(
    "tells its story: generate, set, show, send without a token, replace, remove",
    async () => {
      const { bob, env } = await asBob();
      expect(await run(["access-key", "show"], { env })).toEqual({
        exitCode: 5,
        stdout: "",
        stderr: "error: No access key is set\n",
      });
      const key = await ok(["access-key", "generate"], { env: { DUMBWAITER_URL: "http://127.0.0.1:1" } });
      expect(Buffer.from(key, "base64")).toHaveLength(32);
      const file = join(embedded.directory, "bobs-key");
      await writeFile(file, `${key}\n`);
      expect(await ok(["access-key", "set", file], { env })).toBe("access key set");
      const { setAt } = JSON.parse(await ok(["access-key", "show", "--json"], { env }));
      expect(Math.abs(Date.parse(setAt) - Date.now())).toBeLessThan(300_000);
      const shown = await ok(["access-key", "show"], { env });
      expect(shown).toBe(`set ${setAt}`);

      const send = ["send", ...fieldsTo(bob)];
      const first = await ok([...send, "--access-key", "@bobs-key"]);
      const byVariable = { DUMBWAITER_ACCESS_KEY: key, DUMBWAITER_TOKEN: "never.to.be.used" };
      const others = (await ok([...send, "--count", "20"], { env: byVariable })).split("\n");
      await eventually(async () => {
        const pulled = (await ok(["pull", "--json"], { env })).split("\n").filter(Boolean);
        expect(pulled.map((line) => JSON.parse(line).id).sort()).toEqual([first, ...others].sort());
      });

      expect(await ok(["access-key", "set", "@bobs-key"], { env })).toBe("access key set");
      expect(await ok(["access-key", "set"], { env, stdin: KEY })).toBe("access key set");
      expect(await ok(send, { env: { DUMBWAITER_ACCESS_KEY: KEY } })).toHaveLength(36);
      await eventually(async () => {
        const refused = await run([...send, "--access-key", "@bobs-key"]);
        expect(refused).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("access_key_refused") });
      });
      expect(await ok(["access-key", "remove"], { env })).toBe("access key removed");
      expect(await run(["access-key", "show"], { env })).toMatchObject({ exitCode: 5 });
      expect(await readFile(file, "utf8")).toBe(`${key}\n`);
    },
    TIMEOUT_MS,
  );

  it("ends at once after a send, although its connection could be used again", async () => {
    const { bob, env } = await asBob();
    await ok(["access-key", "set", "-"], { env, stdin: KEY });
    const startedAt = performance.now();
    await ok(["send", ...fieldsTo(bob)], { env: { DUMBWAITER_ACCESS_KEY: KEY } });
    expect(performance.now() - startedAt).toBeLessThan(9_000);
  });
});

describe("dumbwaiter", () => {
  const env = { DUMBWAITER_TOKEN: "a.b.c" };
  const send = ["send", "--to", "bob", "--data", "AEBD", "--key", "BCDE"];

  it.each([
    [["access-key"], "Name a command: generate, set, show or remove"],
    [["access-key", "set"], "The access key must be padded base64 of 16 to 64 bytes"],
    [["access-key", "set", "/nowhere"], "cannot be read (ENOENT). Give a file or pipe the key in"],
    [["access-key", "set", KEY], "Give a file or pipe the key in"],
    [["access-key", "set", `@${KEY}`], "Give a file or pipe the key in"],
    [["access-key", "set", "@package.json"], "The access key must be padded base64 of 16 to 64 bytes"],
    [["access-key", KEY], "Unknown"],
    [["access-key", "set", "package.json", KEY], "Unknown"],
    [[...send, "--access-key", KEY], "Give --access-key as @file"],
    [[...send, "--access-key", "@/nowhere"], "cannot be read (ENOENT). Give --access-key as @file"],
    [[...send, "--access-key", `@${KEY}`], "Give --access-key as @file"],
    [[...send, "--access-key", ""], "Give --access-key as @file"],
    [[...send, "--access-key", "@package.json"], "The access key must be padded base64 of 16 to 64 bytes"],
  ])("refuses %j as wrong usage, and shows no key", async (args, reason) => {
    const { exitCode, stdout, stderr } = await dumbwaiter(args, { env });
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain(KEY);
  });

  it.each([
    ["", "DUMBWAITER_ACCESS_KEY must be padded base64"],
    [" ", "DUMBWAITER_ACCESS_KEY must be padded base64"],
    ["short", "DUMBWAITER_ACCESS_KEY must be padded base64"],
    ["@package.json", "only --access-key takes @file"],
  ])("does not send as a user if DUMBWAITER_ACCESS_KEY is %j", async (value, reason) => {
    const url = { DUMBWAITER_URL: "http://127.0.0.1:1" };
    const answer = await dumbwaiter(send, { env: { ...env, ...url, DUMBWAITER_ACCESS_KEY: value } });
    expect(answer).toEqual({ exitCode: 2, stdout: "", stderr: expect.stringContaining(reason) });
  });

  it("says what a send without a token needs, and where it looked for realtime", async () => {
    expect(await dumbwaiter(send)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("send --access-key"),
    });
    const away = { DUMBWAITER_ACCESS_KEY: KEY, DUMBWAITER_URL: "http://127.0.0.1:1" };
    const { exitCode, stderr } = await dumbwaiter([...send, "--timeout", "0"], { env: away });
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining("http://127.0.0.1:1 (if realtime is")]);
    expect(stderr).toContain("DUMBWAITER_REALTIME_URL");
  });

  it("sends with an access key or as a user, not as both", async () => {
    const { exitCode, stderr } = await dumbwaiter([...send, "--token-command", "echo a.b.c"], {
      env: { DUMBWAITER_ACCESS_KEY: KEY },
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("not with both")]);
  });
});
