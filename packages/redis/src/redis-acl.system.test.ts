import { PassThrough } from "node:stream";
import { createLimits, type DeviceAddress, deviceRoom, RateLimitedError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { NO_LIMITS } from "@dumbwaiter/core/contracts/samples";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { metricValue } from "@dumbwaiter/dev-env/observe/metric-value";
import { sharedRedis, sharedRedisCluster } from "@dumbwaiter/dev-env/servers";
import { createDependencyStates, createLogger } from "@dumbwaiter/service";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { Registry } from "prom-client";
import { type AclUser, createAclUser, GUIDE_RULES, type RedisServers } from "../testing/acl-users.ts";
import { slotOf, whileMoving } from "../testing/cluster-slots.ts";
import { device, type RealtimeNode, startRealtimeNode } from "../testing/realtime-node.ts";
import { sampleDelivery } from "../testing/sample-delivery.ts";
import { connectRealtimeRedis, type RealtimeRedisAdapters } from "./connect-redis.ts";
import { MissingRightsError } from "./connection/redis-rights.ts";
import { openRedis } from "./open-redis.ts";

const [alice, bob] = [device("alice"), device("bob")];

async function singleRedis(): Promise<RedisServers> {
  const redis = await sharedRedis();
  return { url: redis.url, nodes: [redis] };
}

describe.each([
  ["Redis", singleRedis],
  ["Redis Cluster", sharedRedisCluster],
] as const)("the user of the guide, %s", (name, locate) => {
  let located: RedisServers;
  let user: AclUser;
  let node: RealtimeNode;
  let letThrough = 0;

  beforeAll(async () => {
    located = await locate();
    user = await createAclUser(located);
    node = await startRealtimeNode({ ...user.settings, onLimitsUnavailable: () => (letThrough += 1) });
  });
  afterAll(() => node.close());

  it("is available", () => {
    expect(node.redis.state).toEqual({ up: true });
  });

  it("delivers, whole and by pokes, and learns which nodes hold a device", async () => {
    const { deliveryBus } = node.redis;
    const large = { ...sampleDelivery(alice), envelope: Buffer.alloc(100_000, "0") };
    await node.join(alice);
    expect(await deliveryBus.deliver([sampleDelivery(alice), large, sampleDelivery(bob)])).toEqual([1, 1, 0]);
    await deliveryBus.closeDevices([alice, bob]);
    node.leave(alice);
    await eventually(async () => expect(await deliveryBus.deliver([sampleDelivery(alice)])).toEqual([0]));
  });

  it("resyncs", async () => {
    const before = node.missed();
    await node.redis.deliveryBus.raiseResync();
    await eventually(() => expect(node.missed()).toBeGreaterThan(before));
  });

  it("is limited, and gets back what it took before a later limit refused", async () => {
    const limits = createLimits(node.redis.tokenBuckets, {
      ...NO_LIMITS,
      ...{ sendRatePerSecond: 0.001, sendBurst: 2, recipientBytesPerHour: 1 },
    });
    const send = (recipient: typeof alice) =>
      limits.admitSend({ sender: alice, recipient: recipient.user, bytes: 1, ephemeral: false });
    await send(alice);
    for (let sent = 0; sent < 3; sent += 1) await expect(send(alice)).rejects.toThrow(RateLimitedError);
    await send(bob);
  });

  it("has turns for pushes", () => expectTurns(node.redis, bob));

  if (name === "Redis Cluster") {
    it("has turns for pushes while their slot moves", () =>
      whileMoving(pushSlot(user, alice), located.nodes, () => expectTurns(node.redis, alice)));
  }

  it("was refused nothing, and let through nothing", async () => {
    expect(await user.refusals()).toEqual([]);
    expect(letThrough).toBe(0);
  });
});

/** What ioredis needs of a cluster, or can do without: no check of ours names it. */
const UNNAMED = ["+info", "+client|setname", "+cluster|info", "+cluster|slots"];

const OF_CLUSTERS = ["+asking", ...UNNAMED];

/** A user who lacks a rule of the guide. */
interface Deprived {
  readonly user: AclUser;
  readonly redis: RealtimeRedisAdapters;
  /** In turn: what it was told. */
  readonly states: unknown[];
}

async function deprive(located: RedisServers, rule: string): Promise<Deprived> {
  const user = await createAclUser(located);
  await user.allow(GUIDE_RULES.filter((each) => each !== rule));
  const states: unknown[] = [];
  const onStateChange = ({ up, cause }: { up: boolean; cause?: Error }) => states.push(up ? "up" : cause);
  return { user, states, redis: await connectRealtimeRedis({ ...user.settings, onStateChange }) };
}

describe("a user without a right", () => {
  const named = GUIDE_RULES.filter((rule) => /^[+~&]/.test(rule) && !UNNAMED.includes(rule));
  const deprived = new Map<string, Deprived>();
  let single: RedisServers;

  beforeAll(async () => {
    const [redis, cluster] = await Promise.all([singleRedis(), sharedRedisCluster()]);
    single = redis;
    // ioredis says there that it does without INFO.
    jest.spyOn(console, "warn").mockImplementation(() => {});
    // All at once: without some rules a cluster is not reached, which takes a few seconds.
    await Promise.all(
      [...named, ...UNNAMED].map(async (rule) =>
        deprived.set(rule, await deprive(OF_CLUSTERS.includes(rule) ? cluster : redis, rule)),
      ),
    );
  });
  afterAll(() => {
    jest.restoreAllMocks();
    for (const { redis } of deprived.values()) redis.close();
  });

  it.each(named)("is unavailable, and the rule is named: %s", async (rule) => {
    const { user, redis, states } = deprived.get(rule) as Deprived;
    // A cluster that a busy machine makes wait is not reached at first.
    const refused = () => states.filter((state) => state instanceof MissingRightsError);
    await eventually(() => expect(refused().at(-1)).toMatchObject({ rules: [user.prefixed(rule)] }));
    expect(states).not.toContain("up");
    await user.allow(GUIDE_RULES);
    await eventually(() => expect(redis.state).toEqual({ up: true }));
  });

  it.each(UNNAMED)("is refused what a client of a cluster does: %s", async (rule) => {
    expect(await deprived.get(rule)?.user.refusals()).toContain(rule.slice(1));
  });

  it("has an error in the log that says what to add", async () => {
    const user = await createAclUser(single);
    await user.allow(GUIDE_RULES.filter((rule) => !rule.startsWith("&")));
    const missing = user.prefixed("&socket.io*");
    const stream = new PassThrough();
    const logger = createLogger({ service: "test", level: "info", stream });
    const registry = new Registry();
    const redis = await openRedis(
      {
        config: { redis: user.settings },
        dependencies: createDependencyStates(registry, logger),
        lifecycle: { onStop: () => {}, stop: async () => true },
        logger,
        registry,
      },
      { accessToken: async () => "" },
    );
    try {
      expect(await metricValue(registry, "dumbwaiter_dependency_up", { dependency: "redis" })).toBe(0);
      const errors = logLines(stream).filter(({ level }) => level === "error");
      expect(errors).toMatchObject([
        { rules: [missing], msg: expect.stringContaining(`add "${missing}" to its ACL`) },
      ]);
    } finally {
      redis.close();
    }
  });
});

/** The first request has its turn, the second has none, and the next has one again once it is lifted. */
async function expectTurns({ pushThrottle }: RealtimeRedisAdapters, to: DeviceAddress): Promise<void> {
  expect([await pushThrottle.admit([to]), await pushThrottle.admit([to])]).toEqual([[true], [false]]);
  await pushThrottle.lift(to);
  expect(await pushThrottle.admit([to])).toEqual([true]);
}

function pushSlot({ settings: { keyPrefix } }: AclUser, to: DeviceAddress): number {
  return slotOf(`${keyPrefix}dumbwaiter:pushed:${deviceRoom(to)}`);
}
