export {
  CHECK_INTERVAL_MS,
  connectRealtimeRedis,
  connectRedis,
  type RealtimeRedisAdapters,
  type RedisAdapters,
  type RedisSettings,
} from "./connect-redis.ts";
export { retryPauseMs } from "./connection/redis-connections.ts";
export type { RedisState } from "./connection/redis-health.ts";
export { LOST_AFTER_MS } from "./delivery/lost-connections.ts";
export * from "./open-redis.ts";
