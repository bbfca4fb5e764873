import { setTimeout as sleep } from "node:timers/promises";
import { deliveryBusContract, limitsContract, pushThrottleContract } from "@dumbwaiter/core/contracts";
import { sharedRedis, sharedRedisCluster, uniqueName } from "@dumbwaiter/dev-env/servers";
import { describe } from "@jest/globals";
import { connectRealtimeRedis, connectRedis } from "./connect-redis.ts";

const servers = { Redis: sharedRedis, "Redis Cluster": sharedRedisCluster };

for (const [name, server] of Object.entries(servers)) {
  const settings = async () => ({
    url: (await server()).url,
    keyPrefix: `${uniqueName()}:`,
    checkIntervalMs: 500,
    // Only the tests of outages are about what is let through.
    limitsDeadlineMs: 30_000,
  });

  deliveryBusContract(name, async () => {
    const shared = await settings();
    const processor = await connectRedis(shared);
    const realtime = [await connectRealtimeRedis(shared), await connectRealtimeRedis(shared)];
    return {
      bus: processor.deliveryBus,
      nodes: realtime,
      close: async () => {
        for (const redis of [processor, ...realtime]) redis.close();
      },
    };
  });

  describe("limits", () => {
    limitsContract(name, async () => {
      const redis = await connectRedis(await settings());
      return {
        buckets: redis.tokenBuckets,
        advance: (ms) => sleep(ms),
        close: async () => redis.close(),
      };
    });

    pushThrottleContract(name, async (pushIntervalMs) => {
      const redis = await connectRedis({ ...(await settings()), pushIntervalMs });
      return {
        throttle: redis.pushThrottle,
        advance: (ms) => sleep(ms),
        close: async () => redis.close(),
      };
    });
  });
}
