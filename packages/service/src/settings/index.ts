/** Loads nothing but zod, so that what deploys the services can read their settings. */
export * from "./auth.ts";
export * from "./client-facing.ts";
export * from "./google.ts";
export * from "./help-text.ts";
export * from "./http.ts";
export * from "./limits.ts";
export { BYTE_UNITS, bytes, list, oneOf, secondsAsMs, text, wholeNumber } from "./parsers.ts";
export * from "./process.ts";
export * from "./redis.ts";
export { parseRedisUrl, type RedisNode, type RedisSentinel, type RedisTarget } from "./redis-url.ts";
export * from "./service-settings.ts";
export * from "./tracing.ts";
export * from "./variable.ts";
