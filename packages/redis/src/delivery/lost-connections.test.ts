import { eventually } from "@dumbwaiter/core/contracts";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { type Server, startRedis, uniqueName } from "@dumbwaiter/dev-env/servers";
import { type FaultyLink, startFaultyLink } from "@dumbwaiter/dev-env/servers/faulty-link";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { parseRedisUrl } from "@dumbwaiter/service/settings";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { device, type RealtimeNode, startRealtimeNode } from "../../testing/realtime-node.ts";
import { sampleDelivery } from "../../testing/sample-delivery.ts";
import { connectRedis, type RedisAdapters, type RedisSettings } from "../connect-redis.ts";
import { RedisCommands } from "../connection/redis-commands.ts";
import { heartbeatsKey, LOST } from "./heartbeats.ts";
import { LostConnections } from "./lost-connections.ts";

const LOST_AFTER_MS = 3_000;
const [alice, bob] = [device("alice"), device("bob")];
const closers: (() => unknown)[] = [];
let server: Server;
let keyPrefix: string;

beforeAll(async () => {
  server = await startRedis();
});
beforeEach(() => {
  keyPrefix = `${uniqueName()}:`;
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => server.stop());

const settings = (url = server.url): RedisSettings => ({
  url,
  keyPrefix,
  checkIntervalMs: 200,
  lostAfterMs: LOST_AFTER_MS,
});

async function realtimeNode(url?: string): Promise<RealtimeNode> {
  const node = await startRealtimeNode(settings(url));
  closers.push(node.close);
  return node;
}

/** With the number of times that it has learned of a lost node. */
async function processor(): Promise<RedisAdapters & { lost(): number }> {
  const redis = await connectRedis(settings());
  closers.push(() => redis.close());
  let lost = 0;
  redis.deliveryBus.onNodeLost(() => (lost += 1));
  return Object.assign(redis, { lost: () => lost });
}

async function link(): Promise<FaultyLink> {
  const started = await startFaultyLink(server.port);
  closers.push(started.close);
  return started;
}

/** By connection. */
async function beats(): Promise<Record<string, string>> {
  const fields = await withRedis(server.port, (redis) => redis.hgetall(heartbeatsKey(keyPrefix)));
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name.includes(" ")));
}

it("no longer counts a node that has vanished without a word, and says so to every processor", async () => {
  const cable = await link();
  const [first, second] = [await processor(), await processor()];
  const { deliveryBus } = first;
  const lost = await realtimeNode(`redis://127.0.0.1:${cable.port}`);
  const live = await realtimeNode();
  await lost.join(alice);
  await live.join(alice, bob);
  expect(await deliveryBus.deliver([sampleDelivery(alice), sampleDelivery(bob)])).toEqual([2, 1]);
  await eventually(async () => expect(Object.keys(await beats())).toHaveLength(2));

  cable.hold();
  // Redis keeps the connection, and writes to it.
  expect(await deliveryBus.deliver([sampleDelivery(alice)])).toEqual([2]);
  await eventually(async () => expect(await deliveryBus.holders([alice, bob])).toEqual([1, 1]));
  for (const each of [first, second]) await eventually(() => expect(each.lost()).toBeGreaterThan(0));
  expect(live.missed()).toBe(0);
});

it("replaces a half-open connection of a node that lives, which is not counted twice for long", async () => {
  const cable = await link();
  const { deliveryBus } = await processor();
  const node = await realtimeNode(`redis://127.0.0.1:${cable.port}`);
  await node.join(alice);
  await eventually(async () => expect(Object.keys(await beats())).toHaveLength(1));
  cable.stall();
  await eventually(async () => expect(Object.keys(await beats())).toHaveLength(2));
  await eventually(async () => expect(await deliveryBus.holders([alice])).toEqual([1]));
  await eventually(() => expect(node.redis.state).toEqual({ up: true }));
});

it("closes a connection only after reading the same beat again and again, not after a gap", async () => {
  const { watch, lost, client, connection } = await watchOf(500);
  const closed = new Promise((resolve) => client.once("close", resolve));
  await watch.check();
  // For so long nobody could read, and so perhaps nobody could beat.
  await new Promise((resolve) => setTimeout(resolve, 600));
  await watch.check();
  expect(await client.ping()).toBe("PONG");
  expect(lost()).toBe(0);

  await eventually(async () => {
    await watch.check();
    expect(lost()).toBe(1);
  });
  await closed;
  expect(await beats()).toEqual({ [connection]: LOST });
});

it("is told of a connection that was closed by a processor which then ended", async () => {
  const { watch, lost, client, commands } = await watchOf(500);
  const closed = new Promise((resolve) => client.once("close", resolve));
  let hasEnded = false;
  const ending = overridden(commands, {
    async run(name, ...args) {
      if (hasEnded) throw new Error("the process has ended");
      return commands.run(name, ...args);
    },
    async runAt(node, name, ...args) {
      const answer = await commands.runAt(node, name, ...args);
      hasEnded = true;
      return answer;
    },
  });
  const other = new LostConnections(ending, keyPrefix, 500);
  other.onLost(() => {});
  await eventually(async () => {
    await other.check().catch(() => {});
    expect(hasEnded).toBe(true);
  });
  await closed;
  await eventually(async () => {
    await watch.check();
    expect(lost()).toBeGreaterThan(0);
  });
});

it("closes none while Redis is full: then nobody can beat", async () => {
  const { watch, lost, client } = await watchOf(500);
  await watch.check();
  await withRedis(server.port, (redis) => redis.config("SET", "maxmemory", "1"));
  try {
    // Longer than it takes to be lost; the next check may be a while after the last.
    for (const end = performance.now() + 1_000; performance.now() < end; ) {
      await expect(watch.check()).rejects.toThrow("OOM");
    }
  } finally {
    await withRedis(server.port, (redis) => redis.config("SET", "maxmemory", "0"));
  }
  await watch.check();
  expect(await client.ping()).toBe("PONG");
  expect(lost()).toBe(0);
});

/** A watch that is told when to check, and a connection whose heart does not beat. */
async function watchOf(lostAfterMs: number) {
  const commands = new RedisCommands(parseRedisUrl(server.url), () => {});
  closers.push(() => commands.close());
  await eventually(() => commands.check());
  const watch = new LostConnections(commands, keyPrefix, lostAfterMs);
  let lost = 0;
  watch.onLost(() => (lost += 1));
  const client = new Redis(server.port, { retryStrategy: () => null });
  closers.push(() => client.disconnect());
  const [, id, address] = /id=(\d+) addr=(\S+)/.exec(String(await client.client("INFO"))) ?? [];
  const connection = `127.0.0.1:${server.port} ${id} ${address}`;
  await commands.run("hset", heartbeatsKey(keyPrefix), connection, "1");
  return { watch, lost: () => lost, client, commands, connection };
}

it("forgets connections that were closed", async () => {
  await processor();
  const node = await realtimeNode();
  await eventually(async () => expect(Object.keys(await beats())).toHaveLength(1));
  await node.close();
  const gone = "127.0.0.1:1 7 127.0.0.1:2";
  await withRedis(server.port, (redis) => redis.hset(heartbeatsKey(keyPrefix), gone, LOST));
  await eventually(async () => expect(await beats()).toEqual({}));
});
