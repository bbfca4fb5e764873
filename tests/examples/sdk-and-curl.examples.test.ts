import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { v7 } from "uuid";
import { ExampleProcess, runExample } from "./example-process.ts";
import { RETRY_AFTER_SECONDS, startUnreliableProxy } from "./unreliable-proxy.ts";

let embedded: EmbeddedProcess;
let folder: string;
const bots: ExampleProcess[] = [];

beforeAll(async () => {
  embedded = await startEmbedded();
  folder = mkdtempSync(join(tmpdir(), "dumbwaiter-example-"));
});
afterAll(async () => {
  for (const bot of bots) await bot.kill();
  await embedded?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const newUser = (name: string) => new WireUser(uniqueName(name), embedded);

it("the bot answers each message once, also if it is killed and the message comes again", async () => {
  const [alice, robot] = [newUser("alice"), newUser("bot")];
  async function startBot(): Promise<ExampleProcess> {
    const args = [join(ROOT, "examples/node-bot/bot.mjs")];
    const env = { DUMBWAITER_URL: embedded.api, BOT_NAME: robot.name };
    const bot = new ExampleProcess({ command: process.execPath, args, cwd: folder, env });
    bots.push(bot);
    await bot.line("live");
    return bot;
  }
  const sealed = (letter: object) => Buffer.from(JSON.stringify(letter)).toString("base64");
  const letter = {
    ...newEnvelope(robot),
    encryptedData: sealed({ from: alice.name, text: "Are you there?" }),
  };
  const key = { idempotencyKey: v7() };
  const first = await startBot();
  const id = await alice.send(robot, letter, key);
  await first.line(`answered ${id}`);
  await first.kill();

  const second = await startBot();
  expect(await alice.send(robot, letter, key)).toBe(id);
  await eventually(async () => expect((await robot.pull()).messages).toEqual([]));
  const { messages } = await alice.pull();
  expect(messages.map(({ envelope }) => envelope.encryptedData)).toEqual([
    sealed({ from: robot.name, text: "You wrote: Are you there?" }),
  ]);

  // What is no letter stops it for nobody.
  const noise = await alice.send(robot);
  await eventually(async () => expect((await robot.pull()).messages).toEqual([]));
  expect(second.output).not.toContain(noise);
  await second.kill("SIGTERM");
  expect(second.texts().at(-1)).toMatch(/^closed/);
});

it("curl sends once, whatever happens to the answers, pulls, acknowledges, lists devices, and uses access keys", async () => {
  const [alice, bob] = [newUser("alice"), newUser("auth0|bob")];
  const curl = async (args: string[], env = {}) =>
    runExample({
      command: "bash",
      args: [join(ROOT, "examples/curl/client.sh"), ...args],
      cwd: folder,
      env: { DUMBWAITER_URL: embedded.api, DUMBWAITER_TOKEN_URL: `${embedded.issuer}/dev/token`, ...env },
    });
  const proxy = await startUnreliableProxy(embedded.api);
  try {
    const sent = await curl(["send", alice.name, bob.name, "Hello"], { DUMBWAITER_URL: proxy.url });
    const keys = proxy.sends.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/), keys[0], keys[0]]);
    const [, refused = { at: 0 }, third = { at: 0 }] = proxy.sends;
    expect(third.at - refused.at).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1000 - 20);

    const { id } = JSON.parse(sent.slice(sent.lastIndexOf("{"))); // after what curl says about the retries
    await eventually(async () => expect((await bob.pull()).messages).toHaveLength(1));
    const { messages } = JSON.parse(await curl(["pull", bob.name]));
    expect(messages).toMatchObject([{ id, envelope: { encryptedData: "SGVsbG8=" } }]);
    await curl(["ack", bob.name, id]);
    expect(await curl(["pull", bob.name])).toBe('{"messages":[],"hasMore":false}');
    expect(await curl(["devices", bob.name])).toContain('"default"');

    const key = (await curl(["access-key", bob.name])).trim();
    const byKey = JSON.parse(await curl(["send-with", key, bob.name, "Hello"]));
    await eventually(async () => expect((await bob.pull()).messages).toMatchObject([{ id: byKey.id }]));
    await curl(["access-key", bob.name]);
    await eventually(() =>
      expect(curl(["send-with", key, bob.name, "Hello"])).rejects.toThrow("access_key_refused"),
    );
    await expect(curl(["ack", bob.name, "no-uuid"])).rejects.toThrow("invalid_request");
  } finally {
    await proxy.close();
  }
});
