export {
  connectRealtimeRedis,
  connectRedis,
  type RealtimeRedisAdapters,
  type RedisAdapters,
  type RedisSettings,
} from "./connect-redis.ts";
export type { RedisState } from "./connection/redis-health.ts";
export * from "./open-redis.ts";
