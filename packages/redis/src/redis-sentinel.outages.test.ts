import { eventually } from "@dumbwaiter/core/contracts";
import {
  freePort,
  type RedisWithSentinels,
  type Server,
  startRedisWithSentinels,
  uniqueName,
} from "@dumbwaiter/dev-env/servers";
import { freeze } from "@dumbwaiter/dev-env/servers/freeze";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { devices, type RealtimeNode, startRealtimeNode } from "../testing/realtime-node.ts";
import { redisContracts } from "../testing/redis-contracts.ts";
import { sampleDelivery } from "../testing/sample-delivery.ts";
import { connectRedis, type RedisAdapters } from "./connect-redis.ts";

/** What guarantee 4 gives after the fault has ended. */
const RECOVERY_MS = 30_000;

let redis: RedisWithSentinels;

beforeAll(async () => {
  redis = await startRedisWithSentinels();
});
afterAll(() => redis.stop());

redisContracts("Redis with Sentinels", async () => ({ url: redis.url, keyPrefix: `${uniqueName()}:` }));

describe("a failover", () => {
  const all = devices(500);
  const everyone = all.map(() => 1);
  let node: RealtimeNode;
  let processor: RedisAdapters;
  let console: ReturnType<typeof jest.spyOn>;

  beforeAll(async () => {
    console = jest.spyOn(globalThis.console, "error");
    const settings = { url: redis.url, keyPrefix: `${uniqueName()}:` };
    node = await startRealtimeNode(settings);
    processor = await connectRedis(settings);
    await node.join(...all);
  });
  afterAll(async () => {
    processor.close();
    await node.close();
    jest.restoreAllMocks();
  });
  afterEach(() => expect(console).not.toHaveBeenCalled());

  const deliverToAll = () => processor.deliveryBus.deliver(all.map(sampleDelivery));

  /** @param repair makes the old master run again */
  async function failOver(strike: (master: Server) => Promise<unknown>, repair: (old: Server) => unknown) {
    expect(await deliverToAll()).toEqual(everyone);
    const old = await redis.master();
    const next = redis.nodes.find((each) => each !== old) as Server;
    const missedBefore = node.missed();
    await strike(old);
    await eventually(async () => expect((await redis.master()).name).toBe(next.name), 60_000);
    const endedAt = performance.now();
    await eventually(async () => expect(await deliverToAll()).toEqual(everyone), RECOVERY_MS);
    await eventually(() => expect(node.missed()).toBeGreaterThan(missedBefore), RECOVERY_MS);
    for (const address of all) expect(node.mayHaveMissed(address)).toBe(true);
    expect(performance.now() - endedAt).toBeLessThan(RECOVERY_MS);
    expect(await subscriptionsAt(next)).toBeGreaterThanOrEqual(all.length);
    await repair(old);
    await redis.untilMasterIs(next);
    await eventually(async () => expect(await deliverToAll()).toEqual(everyone), RECOVERY_MS);
    expect(await subscriptionsAt(old)).toBe(0);
    await eventually(() => expect([node.redis.state, processor.state]).toEqual([{ up: true }, { up: true }]));
  }

  it("moves subscriptions and deliveries after the master was killed, and all devices resync", () =>
    failOver(
      (master) => master.kill(),
      (old) => old.restart(),
    ));

  it("moves them after the master has gone silent with its connections open", () =>
    failOver(
      ({ pid }) => freeze(pid),
      ({ pid }) => process.kill(pid, "SIGCONT"),
    ));

  it("moves them when the operator asks for it", () =>
    failOver(
      () =>
        withRedis(redis.sentinels[1]?.port as number, (each) => each.call("SENTINEL", "FAILOVER", "shop")),
      () => {},
    ));
});

describe("Sentinels", () => {
  it("are asked in turn: the first may be down", async () => {
    const down = `127.0.0.1:${await freePort()}`;
    const settings = { url: redis.url.replace("://", `://${down},`), keyPrefix: `${uniqueName()}:` };
    const connected = await connectRedis(settings);
    expect(connected.state).toEqual({ up: true });
    connected.close();
  });

  it.each([
    ["that know no such master", () => redis.url.replace(/shop$/, "other")],
    ["of which none runs", async () => `redis+sentinel://127.0.0.1:${await freePort()}/shop`],
  ])("%s are an outage, which is explained", async (_, url) => {
    const connected = await connectRedis({ url: await url(), checkIntervalMs: 500 });
    const message = expect.stringContaining("All sentinels are unreachable");
    await eventually(() => expect(connected.state).toMatchObject({ up: false, cause: { message } }));
    connected.close();
  });
});

async function subscriptionsAt({ port }: Server): Promise<number> {
  return await withRedis(port, async (each) => {
    const channels = await each.call("PUBSUB", "SHARDCHANNELS");
    return (channels as unknown[]).length;
  });
}
