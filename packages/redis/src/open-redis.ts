import { counter, type ServiceContext } from "@dumbwaiter/service";
import type { RedisParts, RedisSettings } from "./connection/connect-redis.ts";

/** What the services that run on Redis have in common. */
export interface RedisContext extends Pick<ServiceContext, "dependencies" | "lifecycle" | "registry"> {
  readonly config: { readonly redis: Pick<RedisSettings, "url" | "caFile"> };
}

/**
 * Connects to Redis, reports its state, and has it closed when the process stops.
 *
 * @param connect `connectRedis`, or `connectRealtimeRedis` for a service that receives deliveries
 */
export async function openRedis<Parts extends RedisParts>(
  { config, dependencies, lifecycle, registry }: RedisContext,
  connect: (settings: RedisSettings) => Promise<Parts>,
): Promise<Parts> {
  const limitsUnavailable = counter(registry, {
    name: "dumbwaiter_limits_unavailable_total",
    help: "Sends and push requests let through because their limit could not be read",
  });
  const redis = await connect({
    ...config.redis,
    onStateChange: ({ up, cause }) => dependencies.report("redis", up, cause),
    onLimitsUnavailable: () => limitsUnavailable.inc(),
  });
  lifecycle.onStop("clients", "redis", () => redis.close());
  return redis;
}
