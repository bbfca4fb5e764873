export {
  connectRealtimeRedis,
  connectRedis,
  type RealtimeRedisParts,
  type RedisParts,
  type RedisSettings,
} from "./connect-redis.ts";
export type { RedisState } from "./redis-health.ts";
