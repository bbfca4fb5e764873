import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createLimits } from "@dumbwaiter/core";
import { eventually, NO_LIMITS } from "@dumbwaiter/core/contracts";
import { freePort, type Server, startRedis, uniqueName } from "@dumbwaiter/dev-env/servers";
import { type FaultyLink, startFaultyLink } from "@dumbwaiter/dev-env/servers/faulty-link";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { device, devices, type RealtimeNode, startRealtimeNode } from "../testing/realtime-node.ts";
import { sampleDelivery } from "../testing/sample-delivery.ts";
import { connectRedis, type RedisSettings } from "./connect-redis.ts";

const run = promisify(execFile);
const alice = device("alice");
const closers: (() => unknown)[] = [];
let server: Server;

beforeAll(async () => {
  server = await startRedis();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => server.stop());

const settings = (url = server.url): RedisSettings => ({ url, keyPrefix: `${uniqueName()}:` });

async function realtimeNode(of: RedisSettings): Promise<RealtimeNode> {
  const node = await startRealtimeNode(of);
  closers.push(node.close);
  return node;
}

async function processor(of: RedisSettings) {
  const redis = await connectRedis(of);
  closers.push(() => redis.close());
  return redis;
}

async function link(): Promise<FaultyLink> {
  const started = await startFaultyLink(server.port);
  closers.push(started.close);
  return started;
}

describe("a realtime node", () => {
  it("no longer counts as present once its connection is gone", async () => {
    const shared = settings();
    const { deliveryBus } = await processor(shared);
    const node = await realtimeNode(shared);
    await node.join(alice);
    expect(await deliveryBus.deliver([sampleDelivery(alice)])).toEqual([1]);
    node.redis.close();
    await eventually(async () => expect(await deliveryBus.deliver([sampleDelivery(alice)])).toEqual([0]));
  });

  it("reaches all its 2,000 devices after Redis was killed, and reads what it missed", async () => {
    const shared = settings();
    const { deliveryBus } = await processor(shared);
    const node = await realtimeNode(shared);
    const all = devices(2_000);
    await node.join(...all);
    const gone = all.slice(0, 10);
    const before = node.missed();
    await server.kill();
    await expect(deliveryBus.deliver([sampleDelivery(alice)])).rejects.toMatchObject({ code: "unavailable" });
    await eventually(() => expect(node.redis.state).toMatchObject({ up: false }));
    for (const left of gone) node.leave(left);
    await server.restart();

    const expected = all.map((address) => (gone.includes(address) ? 0 : 1));
    await eventually(async () =>
      expect(await deliveryBus.deliver(all.map(sampleDelivery))).toEqual(expected),
    );
    await eventually(() => expect(node.missed()).toBeGreaterThan(before));
    await eventually(() => expect(node.redis.state).toEqual({ up: true }));
  });

  it("notices a half-open connection within 10 s, and reads what it missed", async () => {
    const { port, stall } = await link();
    const shared = settings();
    const { deliveryBus } = await processor(shared);
    const node = await realtimeNode({ ...shared, url: `redis://127.0.0.1:${port}` });
    await node.join(alice);
    expect(node.missed()).toBe(0);
    stall();
    expect(await deliveryBus.deliver([sampleDelivery(alice)])).toEqual([1]);
    const stalledAt = performance.now();
    await eventually(() => expect(node.missed()).toBeGreaterThan(0), 15_000);
    expect(performance.now() - stalledAt).toBeLessThan(10_000);
    // The server still counts the connection that nobody holds any more.
    expect(await deliveryBus.deliver([sampleDelivery(alice)])).toEqual([2]);
  });

  it("reads what it missed once for each resync, even when Redis has lost its data between two", async () => {
    const shared = { ...settings(), checkIntervalMs: 200 };
    const { deliveryBus } = await processor(shared);
    const node = await realtimeNode(shared);
    await deliveryBus.raiseResync();
    await eventually(() => expect(node.missed()).toBe(1));
    await withRedis(server.port, (redis) => redis.flushall());
    await deliveryBus.raiseResync();
    await eventually(() => expect(node.missed()).toBeGreaterThanOrEqual(2));
  });
});

describe("a processor", () => {
  it("fails within 6 s on a half-open connection, and works again after it", async () => {
    const { port, stall } = await link();
    const redis = await processor(settings(`redis://127.0.0.1:${port}`));
    stall();
    const stalledAt = performance.now();
    await expect(redis.deliveryBus.deliver([sampleDelivery(alice)])).rejects.toMatchObject({
      code: "unavailable",
      dependency: "redis",
    });
    expect(performance.now() - stalledAt).toBeLessThan(6_000);
    await eventually(async () =>
      expect(await redis.deliveryBus.deliver([sampleDelivery(alice)])).toEqual([0]),
    );
  });

  it("does not resend what failed while Redis was unavailable", async () => {
    const shared = settings();
    const { deliveryBus } = await processor(shared);
    await server.kill();
    await expect(deliveryBus.raiseResync()).rejects.toMatchObject({ code: "unavailable" });
    await server.restart();
    await eventually(() => deliveryBus.deliver([sampleDelivery(alice)]));
    expect(await withRedis(server.port, (redis) => redis.keys("*resync"))).toEqual([]);
  });
});

describe("limits", () => {
  it("let everything through within a second when Redis does not answer", async () => {
    const { port, hold } = await link();
    let letThrough = 0;
    const redis = await processor({
      ...settings(`redis://127.0.0.1:${port}`),
      onLimitsUnavailable: () => {
        letThrough += 1;
      },
    });
    const limits = createLimits(redis.tokenBuckets, {
      ...NO_LIMITS,
      sendRatePerSecond: 1,
      sendBurst: 1,
      senderBytesPerHour: 9,
      recipientBytesPerHour: 9,
    });
    const attempt = { sender: alice, recipient: alice.user, bytes: 1, ephemeral: false };
    await limits.admitSend(attempt);
    await expect(limits.admitSend(attempt)).rejects.toMatchObject({ code: "rate_limited" });
    await sleep(110); // for which the process refuses by itself
    hold();
    const stalledAt = performance.now();
    await Promise.all([limits.admitSend(attempt), limits.admitSend(attempt)]);
    expect(performance.now() - stalledAt).toBeLessThan(1_000);
    expect(letThrough).toBe(2);
  });
});

describe("without Redis, a process goes on and reports why", () => {
  const probe = fileURLToPath(new URL("../testing/outage-probe.ts", import.meta.url));
  const urls: Record<string, () => Promise<string>> = {
    "nothing listens there": async () => `redis://127.0.0.1:${await freePort()}`,
    "the password is wrong": async () => {
      const user = ["ACL", "SETUSER", "guarded", "on", ">secret", "~*", "&*", "+@all"] as const;
      await withRedis(server.port, (redis) => redis.call(...user));
      return `redis://guarded:hunter2@127.0.0.1:${server.port}`;
    },
    "no node of a cluster can be reached": async () =>
      `redis://127.0.0.1:${await freePort()},127.0.0.1:${await freePort()}`,
  };
  const probing = new Map<string, Promise<{ stdout: string; stderr: string }>>();

  beforeAll(async () => {
    for (const [name, url] of Object.entries(urls))
      probing.set(name, run(process.execPath, [probe, await url()]));
  });

  it.each([
    ["nothing listens there", /ECONNREFUSED/],
    ["the password is wrong", /^WRONGPASS/],
    ["no node of a cluster can be reached", /^Failed to refresh slots cache: Connection is closed$/],
  ])("when %s", async (name, why) => {
    const { stdout, stderr } = (await probing.get(name)) ?? {};
    expect(stderr).toBe("");
    expect(stdout).not.toContain("hunter2");
    const seen = JSON.parse(stdout ?? "");
    const cause = expect.stringMatching(why);
    expect(seen).toMatchObject({
      states: [{ up: false, cause }],
      refused: 0,
      letThrough: 6,
      failures: [cause, cause, cause, cause],
      turns: [true, true],
    });
    expect(seen.limitsMs).toBeLessThan(1_000);
  });
});
