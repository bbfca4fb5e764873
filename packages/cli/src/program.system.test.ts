import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { newMessageId } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { dumbwaiter, type RunOptions, startDumbwaiter } from "../testing/run-dumbwaiter.ts";

/** For a dozen processes, one after the other, perhaps on a busy machine. */
const TIMEOUT_MS = 400_000;

const SEALED = { encryptedData: "AEBD", encryptedSymmetricKey: "BCDE" };

describe("dumbwaiter, with an embedded process", () => {
  let embedded: EmbeddedProcess;
  let url: string;

  beforeAll(async () => {
    embedded = await startEmbedded();
    url = embedded.api;
  });
  afterAll(() => embedded.stop());

  async function ok(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await dumbwaiter(args, {
      ...options,
      env: { DUMBWAITER_URL: url, ...options.env },
    });
    if (exitCode !== 0) throw new Error(`${args.join(" ")}: ${exitCode} ${stderr}`);
    return stdout.trimEnd();
  }

  async function json(args: readonly string[], options: RunOptions = {}) {
    const lines = (await ok([...args, "--json"], options)).split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line));
  }

  /** The environment of a new user, or of a known one. */
  async function be(name = uniqueName("user")) {
    return { name, env: { DUMBWAITER_URL: url, DUMBWAITER_TOKEN: await ok(["token", name]) } };
  }

  it(
    "tells the story of a message: token, send, listen, pull, ack, where, devices",
    async () => {
      const { name, env } = await be();
      expect(await json(["devices", "list"], { env })).toEqual([]);
      await ok(["devices", "register", "phone"], { env });
      await ok(["devices", "register", "tablet", "--push-platform", "ios", "--push-token", "secret"], {
        env,
      });
      expect(await json(["devices", "list"], { env })).toMatchObject([
        { id: "phone" },
        { id: "tablet", push: { platform: "ios" } },
      ]);
      expect(await ok(["devices", "list"], { env })).toMatch(
        /^phone +20\S+Z {2}no push\ntablet +20\S+Z {2}push ios$/,
      );

      const sender = (await be()).env;
      const fields = ["--to", name, "--data", "AEBD", "--key", "BCDE"];
      const first = await ok(["send", ...fields], { env: sender });
      await writeFile(join(embedded.directory, "data.bin"), "hello");
      const [second] = await json(
        ["send", ...fields.with(3, "@data.bin"), "--priority", "7", "--signature", "CEFG"],
        { env: sender, cwd: embedded.directory },
      );
      const envelope = { recipientId: `urn:sm:user:${name}`, ...SEALED };
      const third = await ok(["send"], { env: sender, stdin: JSON.stringify(envelope) });

      const expected = [
        { id: first, envelope },
        {
          id: second.id,
          envelope: { ...envelope, encryptedData: "aGVsbG8=", signature: "CEFG", priority: 7 },
        },
        { id: third, envelope },
      ];
      const phone = { env: { ...env, DUMBWAITER_DEVICE: "phone" } };
      expect(await json(["listen", "--count", "3"], phone)).toEqual(expected);
      expect(await ok(["pull"], phone)).toBe("");
      expect(await json(["pull", "--device", "tablet", "--limit", "2"], { env })).toEqual(
        expected.slice(0, 2),
      );
      expect(await ok(["pull", "--device", "tablet"], { env })).toContain(`${first}  {"recipientId"`);

      const where = async (id: string) => {
        const options = { env: { DATA_DIR: join(embedded.directory, "data") } };
        const { exitCode, stdout } = await dumbwaiter(["where", name, id, "--json"], options);
        return { exitCode, ...JSON.parse(stdout) };
      };
      expect(await where(first)).toMatchObject({
        exitCode: 0,
        state: "queued",
        queues: [
          { device: "phone", storedAt: null },
          { device: "tablet", storedAt: expect.any(String) },
        ],
      });
      expect(await json(["ack", first, "--device", "tablet"], { env })).toEqual([{ acknowledged: 1 }]);
      expect(await where(first)).toMatchObject({ exitCode: 5, state: "gone", ingress: "absent" });
      const ids = await ok(["pull", "--device", "tablet"], { env });
      expect(await ok(["ack", "--device", "tablet"], { env, stdin: ids })).toBe("2 acknowledged");
      expect(await ok(["listen", "--until-empty", "--device", "tablet"], { env })).toBe("");

      await ok(["devices", "remove", "tablet"], { env });
      expect(await json(["devices", "list"], { env })).toMatchObject([{ id: "phone" }]);
    },
    TIMEOUT_MS,
  );

  it("sends many at once, each with its own ID", async () => {
    const { name, env } = await be();
    const fields = ["--to", name, "--data", "AEBD", "--key", "BCDE"];
    const ids = (await ok(["send", ...fields, "--count", "100"], { env })).split("\n");
    expect(new Set(ids).size).toBe(100);
    const drained = await json(["listen", "--until-empty"], { env });
    expect(drained.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(await ok(["pull"], { env })).toBe("");
  });

  it("repeats a send under its key as the same message", async () => {
    const { name, env } = await be();
    const key = newMessageId(Date.now());
    const send = ["send", "--to", name, "--data", "AEBD", "--key", "BCDE", "--idempotency-key", key];
    const ids = [await ok(send, { env }), await ok(send, { env })];
    expect(ids[0]).toBe(ids[1]);
  });

  /** Listens in the background. */
  function listen(args: readonly string[], env: Readonly<Record<string, string>>) {
    const child = startDumbwaiter(["listen", ...args], { env });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    return { child, lines, exited: once(child, "close") as Promise<[number]> };
  }

  it("listens until it is interrupted, and has acknowledged by then what it printed", async () => {
    const { name, env } = await be();
    const fields = ["--to", name, "--data", "AEBD", "--key", "BCDE"];
    const { child, lines, exited } = listen(["--json", "--token-command", `echo ${env.DUMBWAITER_TOKEN}`], {
      DUMBWAITER_URL: url,
    });
    const before = await ok(["send", ...fields], { env });
    await eventually(() => expect(lines).toHaveLength(1));
    // It is connected now.
    const live = await ok(["send", ...fields], { env });
    await eventually(() => expect(lines).toHaveLength(2));
    child.kill("SIGINT");
    expect(await exited).toEqual([0, null]);
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([before, live]);
    expect(await ok(["pull"], { env })).toBe("");
  });

  it("acknowledges nothing with --no-ack, nor what its reader did not wait for", async () => {
    const { name, env } = await be();
    const fields = ["--to", name, "--data", "AEBD", "--key", "BCDE"];
    const id = await ok(["send", ...fields], { env });
    expect(await ok(["listen", "--no-ack", "--count", "1"], { env })).toContain(id);
    expect(await ok(["listen", "--no-ack", "--until-empty"], { env })).toContain(id);

    const { child, lines, exited } = listen([], env);
    await eventually(() => expect(lines).toHaveLength(1));
    child.stdout.destroy();
    const unread = await ok(["send", ...fields], { env });
    expect(await exited).toEqual([0, null]);
    expect((await json(["pull"], { env })).map((message) => message.id)).toEqual([unread]);
  });

  it(
    "reports a failure by its exit code, as text or as JSON",
    async () => {
      const { name, env } = await be();
      const send = ["send", "--to", name, "--data", "%", "--key", "BCDE"];
      expect(await dumbwaiter(send, { env })).toEqual({
        exitCode: 3,
        stdout: "",
        stderr: "error: encryptedData: must be base64 (invalid_envelope, encryptedData)\n",
      });
      const { exitCode, stderr } = await dumbwaiter([...send, "--json"], { env });
      expect([exitCode, JSON.parse(stderr)]).toEqual([
        3,
        {
          error: {
            code: "invalid_envelope",
            message: expect.any(String),
            retryable: false,
            path: "encryptedData",
          },
        },
      ]);
      const refused = { ...env, DUMBWAITER_TOKEN: "no.such.token" };
      expect(await dumbwaiter(["pull"], { env: refused })).toMatchObject({ exitCode: 3 });
      expect(await dumbwaiter(["listen"], { env: refused })).toMatchObject({ exitCode: 3 });
      expect(await dumbwaiter(["devices", "remove", "nobodys"], { env })).toMatchObject({ exitCode: 5 });
      const away = { ...env, DUMBWAITER_URL: "http://127.0.0.1:1" };
      expect(await dumbwaiter(["pull", "--timeout", "1"], { env: away })).toMatchObject({ exitCode: 4 });
      expect(await dumbwaiter(["token", "bob"], { env: away })).toMatchObject({ exitCode: 4 });
      expect(await dumbwaiter(["pull", "--token-command", "exit 9"], { env })).toMatchObject({ exitCode: 1 });
    },
    TIMEOUT_MS,
  );
});

describe("dumbwaiter", () => {
  const env = { DUMBWAITER_TOKEN: "a.b.c" };

  it.each([
    [[], "Name a command"],
    [["snd"], "Did you mean send?"],
    [["pull", "--limt", "3"], "Unknown argument: limt"],
    [["send", "--to", "bob"], "An envelope needs --to, --data and --key"],
    [["send", "/nowhere.json"], "/nowhere.json cannot be read"],
    [["send"], "stdin is not JSON"],
    [["send", "-"], "stdin is not JSON"],
    [["send", "file", "--to", "bob"], "not both"],
    [["send", "--to", "..", "--data", "AEBD", "--key", "BCDE"], "Not a user: .."],
    [["send", "--count", "0"], "--count must be"],
    [["send", "--count", "2", "--idempotency-key", "x"], "is for one message"],
    [["devices", "register", "phone", "--push-token", "x"], "go together"],
    [["send", "--to", "bob", "--to", "eve"], "--to is given more than once"],
    [["pull", "--timeout", "soon"], "--timeout must be a number of seconds"],
    [["pull", "--url", "ftp://example.com"], "Not an http(s) URL"],
    [["completion", "fish"], 'Choices: "bash", "zsh"'],
  ])("refuses %j as wrong usage", async (args, reason) => {
    const { exitCode, stdout, stderr } = await dumbwaiter(args, { env });
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
  });

  it("asks for a token where it needs one, and says how to get it", async () => {
    const { exitCode, stderr } = await dumbwaiter(["pull"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("dumbwaiter token bob")]);
  });
});
