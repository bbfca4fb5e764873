import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedServers, uniqueName } from "@dumbwaiter/dev-env/servers";
import { NO_LIMITS } from "@dumbwaiter/dev-env/stack/no-limits";
import { type RoundRobin, startRoundRobin } from "@dumbwaiter/dev-env/stack/round-robin";
import type { ServiceProcess } from "@dumbwaiter/dev-env/stack/service-process";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { v7 } from "uuid";
import { ExampleProcess, runExample } from "./example-process.ts";
import { javaExample, type Program, pythonExample } from "./programs.ts";
import { RETRY_AFTER_SECONDS, startUnreliableProxy } from "./unreliable-proxy.ts";

/** So short that a socket would be closed within the test if it kept its first token: 30 s after this. */
const TOKEN_SECONDS = 5;

const base64 = (text: string) => Buffer.from(text).toString("base64");

let stack: Stack;
let serving: readonly ServiceProcess[];
let balancer: RoundRobin;
let folder: string;
const programs: Record<string, Program> = {};
const receivers: ExampleProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "dumbwaiter-example-"));
  const servers = await sharedServers();
  const [started, Python, Java] = await Promise.all([
    startStack({ ...servers, realtime: 2, env: NO_LIMITS }),
    pythonExample(),
    javaExample(),
  ]);
  stack = started;
  Object.assign(programs, { Python, Java });
  serving = stack.realtime;
  balancer = await startRoundRobin(() => serving);
}, 600_000);
afterAll(async () => {
  for (const receiver of receivers) await receiver.kill();
  await balancer?.close();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const LANGUAGES = ["Python", "Java"];

const api = () => stack.api[0]?.url as string;
const endpoints = () => ({ api: api(), realtime: balancer.url, issuer: stack.issuer.url });
const newUser = (name: string) => new WireUser(uniqueName(name), endpoints());
const environment = (more = {}) => ({
  DUMBWAITER_URL: api(),
  DUMBWAITER_REALTIME_URL: balancer.url,
  DUMBWAITER_TOKEN_URL: `${stack.issuer.url}/dev/token`,
  ...more,
});
function receive(program: Program, user: WireUser, more = {}): ExampleProcess {
  const receiver = new ExampleProcess(program.receive(user.name, folder, environment(more)));
  receivers.push(receiver);
  return receiver;
}
async function send(program: Program, to: WireUser, text: string, more = {}): Promise<string> {
  const output = await runExample(program.send("alice", to.name, text, folder, environment(more)));
  return /^sent (\S+)$/m.exec(output)?.[1] ?? output;
}
const isEmpty = async (user: WireUser) =>
  eventually(async () => expect(await user.pull()).toEqual({ messages: [], hasMore: false }));

describe.each(LANGUAGES)("the example in %s, on the stack", (language) => {
  const program = () => programs[language] as Program;

  it("receives what was queued, then live, and leaves an empty queue", async () => {
    const bob = newUser("auth0|bob");
    const queued = await send(program(), bob, "while offline");
    const receiver = receive(program(), bob);
    await receiver.line("live");
    const live = await send(program(), bob, "while connected");
    await receiver.line(`acked ${live}`);
    expect(receiver.texts().filter((line) => !line.startsWith("acked "))).toEqual([
      `message ${queued} ${base64("while offline")}`,
      "live",
      `message ${live} ${base64("while connected")}`,
    ]);
    await isEmpty(bob);
  });

  it("acknowledges no ephemeral message, and hands over none twice, not even after a kill", async () => {
    const bob = newUser("bob");
    const first = receive(program(), bob);
    await first.line("live");
    const ephemeral = await newUser("alice").send(bob, { isEphemeral: true });
    await first.line(`message ${ephemeral}`);
    const [alice, envelope, key] = [newUser("alice"), newEnvelope(bob), { idempotencyKey: v7() }];
    const id = await alice.send(bob, envelope, key);
    await first.line(`acked ${id}`);
    expect(first.output).not.toContain(`acked ${ephemeral}`);
    await first.kill();

    // A message that was deleted comes again when its sender retries.
    expect(await alice.send(bob, envelope, key)).toBe(id);
    const second = receive(program(), bob);
    await second.line(`acked ${id}`);
    expect(second.output).toContain(`duplicate ${id}`);
    expect(second.output).not.toContain(`message ${id}`);
    await isEmpty(bob);
  });

  it("returns within 2 s when its node stops, and misses nothing", async () => {
    const bob = newUser("bob");
    const receiver = receive(program(), bob);
    let { index } = await receiver.line("live");
    const drained: number[] = [];
    // The client is on one node or the other, so each round but perhaps the first drains it.
    for (const node of [...stack.realtime, ...stack.realtime]) {
      serving = stack.realtime.filter((each) => each !== node);
      await node.kill("SIGTERM");
      const sent = await send(program(), bob, "after the drain");
      await receiver.line(`acked ${sent}`);
      const closing = receiver.lines.findIndex(({ text }, at) => at > index && text === "closing drain");
      if (closing >= 0) {
        const live = await receiver.line("live", closing);
        drained.push(live.at - (receiver.lines[closing]?.at ?? 0));
        ({ index } = live);
      }
      await node.restart();
    }
    serving = stack.realtime;
    expect(drained.length).toBeGreaterThanOrEqual(3);
    // A busy machine may hold up any of them.
    expect(Math.min(...drained)).toBeLessThan(2000);
    process.stdout.write(`reconnected after ${drained.map(Math.round).join(", ")} ms\n`);
  });

  it("sends once, whatever happens to the answers: with one key, and not before Retry-After", async () => {
    const bob = newUser("bob");
    const proxy = await startUnreliableProxy(api());
    try {
      const id = await send(program(), bob, "once", { DUMBWAITER_URL: proxy.url });
      const keys = proxy.sends.map(({ headers }) => headers["idempotency-key"]);
      expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/), keys[0], keys[0]]);
      const [, refused = { at: 0 }, third = { at: 0 }] = proxy.sends;
      expect(third.at - refused.at).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1000 - 20);
      await eventually(async () => expect((await bob.pull()).messages.map((each) => each.id)).toEqual([id]));
    } finally {
      await proxy.close();
    }
  });

  it("gives up when its device was removed", async () => {
    const bob = newUser("bob");
    const receiver = receive(program(), bob);
    await receiver.line("live");
    await bob.httpClient().devices.remove("default");
    expect(await receiver.end()).toBe(1);
    expect(receiver.output).toContain("closing device_removed");
    expect(receiver.output).toContain("given up: device_removed");
  });
});

it("the examples replace their tokens before they expire, and stay connected", async () => {
  const startedAt = performance.now();
  const connected = LANGUAGES.map((language) => {
    const [bob, program] = [newUser("bob"), programs[language] as Program];
    const env = { DUMBWAITER_TOKEN_SECONDS: String(TOKEN_SECONDS) };
    return { bob, program, receiver: receive(program, bob, env) };
  });
  for (const { receiver } of connected) await receiver.line("live");
  const isOver = () => expect(performance.now() - startedAt).toBeGreaterThan((TOKEN_SECONDS + 35) * 1000);
  await eventually(isOver, 60_000);
  for (const { bob, program, receiver } of connected) {
    const sent = await send(program, bob, "after the first token's end");
    await receiver.line(`acked ${sent}`);
    expect(receiver.texts().filter((line) => line === "live")).toHaveLength(1);
    expect(receiver.texts()).toContain("refreshed");
    expect(receiver.output).not.toContain("closing");
  }
});
