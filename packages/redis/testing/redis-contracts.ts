import { setTimeout as sleep } from "node:timers/promises";
import { deliveryBusContract, limitsContract, pushThrottleContract } from "@dumbwaiter/core/contracts";
import { describe } from "@jest/globals";
import { connectRealtimeRedis, connectRedis, type RedisSettings } from "../src/connect-redis.ts";

/** What the tests of a contract set: only those of outages are about what is let through. */
const TIMES = { checkIntervalMs: 500, limitsDeadlineMs: 30_000 };

/**
 * All contracts that Redis fulfils.
 *
 * @param settings each time with a prefix that no other test has
 */
export function redisContracts(name: string, settings: () => Promise<RedisSettings>): void {
  const freshSettings = async () => ({ ...(await settings()), ...TIMES });

  deliveryBusContract(name, async () => {
    const shared = await freshSettings();
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
      const redis = await connectRedis(await freshSettings());
      return {
        buckets: redis.tokenBuckets,
        advance: (ms) => sleep(ms),
        close: async () => redis.close(),
      };
    });

    pushThrottleContract(name, async (pushIntervalMs) => {
      const redis = await connectRedis({ ...(await freshSettings()), pushIntervalMs });
      return {
        throttle: redis.pushThrottle,
        advance: (ms) => sleep(ms),
        close: async () => redis.close(),
      };
    });
  });
}
