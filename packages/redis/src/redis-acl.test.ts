import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import {
  deliveryBusContract,
  eventually,
  limitsContract,
  pushThrottleContract,
} from "@dumbwaiter/core/contracts";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { metricValue } from "@dumbwaiter/dev-env/observe/metric-value";
import { type Server, startRedis, startRedisCluster, uniqueName } from "@dumbwaiter/dev-env/servers";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { createDependencyStates, createLogger } from "@dumbwaiter/service";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { connectRealtimeRedis, connectRedis, type RedisSettings } from "./connect-redis.ts";
import { MissingRightsError } from "./connection/redis-rights.ts";
import { openRedis } from "./open-redis.ts";

const guide = await readFile(new URL("../../../docs/operations.md", import.meta.url), "utf8");
const [, RULES = ""] = /^ACL SETUSER dumbwaiter (on .*)$/m.exec(guide) ?? [];

/** The rules of the guide, for a prefix. */
function rulesFor(prefix: string): string[] {
  return RULES.replace("~", `~${prefix}`).replace("&", `&${prefix}`).split(" ");
}

async function setUser(port: number, name: string, rules: readonly string[]): Promise<void> {
  await withRedis(port, (redis) => redis.call("ACL", "SETUSER", name, ...rules));
}

async function refusals(port: number): Promise<unknown> {
  return withRedis(port, (redis) => redis.call("ACL", "LOG"));
}

function as(name: string, url: string, keyPrefix: string): RedisSettings {
  return { url: url.replace("redis://", `redis://${name}:PASSWORD@`), keyPrefix, checkIntervalMs: 500 };
}

interface Started {
  readonly url: string;
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

const servers: Record<string, () => Promise<Started>> = {
  Redis: async () => {
    const server = await startRedis();
    return { url: server.url, ports: [server.port], stop: () => server.stop() };
  },
  "Redis Cluster": async () => {
    const { url, nodes, stop } = await startRedisCluster();
    return { url, ports: nodes.map(({ port }) => port), stop };
  },
};

describe.each(Object.entries(servers))("under the user of the guide, %s", (name, start) => {
  let server: Started;

  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    const logs = await Promise.all(server.ports.map(refusals));
    await server.stop();
    expect(logs.flat()).toEqual([]);
  });
  /** A user of the guide with a prefix of its own. */
  async function settings(): Promise<RedisSettings> {
    const name = uniqueName();
    for (const port of server.ports) await setUser(port, name, rulesFor(`${name}:`));
    return as(name, server.url, `${name}:`);
  }

  deliveryBusContract(name, async () => {
    const shared = await settings();
    const processor = await connectRedis(shared);
    const realtime = [await connectRealtimeRedis(shared), await connectRealtimeRedis(shared)];
    return {
      bus: processor.deliveryBus,
      nodes: realtime,
      close: async () => {
        expect([processor, ...realtime].map(({ state }) => state)).toEqual(Array(3).fill({ up: true }));
        for (const redis of [processor, ...realtime]) redis.close();
      },
    };
  });
  limitsContract(name, async () => {
    const redis = await connectRedis(await settings());
    return { buckets: redis.tokenBuckets, advance: (ms) => sleep(ms), close: async () => redis.close() };
  });
  pushThrottleContract(name, async (pushIntervalMs) => {
    const redis = await connectRedis({ ...(await settings()), pushIntervalMs });
    return { throttle: redis.pushThrottle, advance: (ms) => sleep(ms), close: async () => redis.close() };
  });
});

describe("a user without a right", () => {
  let server: Server;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const prefix = "acl:";
  const rules = rulesFor(prefix);
  const needed = rules.filter((rule) => /^[+~&]/.test(rule) && !/^\+(client|cluster|asking|info)/.test(rule));

  it("has an error in the log that says what to add", async () => {
    await setUser(server.port, "refused", ["reset", ...rules.filter((rule) => !rule.startsWith("&"))]);
    const stream = new PassThrough();
    const logger = createLogger({ service: "test", level: "info", stream });
    const registry = new Registry();
    const redis = await openRedis({
      config: { redis: as("refused", server.url, prefix) },
      dependencies: createDependencyStates(registry, logger),
      lifecycle: { onStop: () => {}, stop: async () => true },
      logger,
      registry,
    });
    try {
      expect(await metricValue(registry, "dumbwaiter_dependency_up", { dependency: "redis" })).toBe(0);
      const errors = logLines(stream).filter(({ level }) => level === "error");
      expect(errors).toMatchObject([
        { rules: ["&acl:socket.io*"], msg: expect.stringContaining('add "&acl:socket.io*" to its ACL') },
      ]);
    } finally {
      redis.close();
    }
  });

  it.each(needed)("is unavailable, and the rule is named: %s", async (rule) => {
    await setUser(server.port, "refused", ["reset", ...rules.filter((each) => each !== rule)]);
    const causes: unknown[] = [];
    const redis = await connectRealtimeRedis({
      ...as("refused", server.url, prefix),
      onStateChange: ({ up, cause }) => causes.push(up ? "up" : cause),
    });
    try {
      expect(causes).toEqual([expect.any(MissingRightsError)]);
      expect(causes[0]).toMatchObject({ rules: [rule] });
      await setUser(server.port, "refused", rules);
      await eventually(() => expect(redis.state).toEqual({ up: true }));
    } finally {
      redis.close();
    }
  });
});
