export {
  connectRealtimeRedis,
  connectRedis,
  type RealtimeRedisParts,
  type RedisParts,
  type RedisSettings,
} from "./connection/connect-redis.ts";
export type { RedisState } from "./connection/redis-health.ts";
export * from "./open-redis.ts";
