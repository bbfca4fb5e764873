export * from "./emulators.ts";
export * from "./free-port.ts";
export * from "./managed-process.ts";
export { redisServerPath, startRedis } from "./redis.ts";
export * from "./redis-cluster.ts";
export * from "./redis-sentinel.ts";
export * from "./server.ts";
export * from "./shared-servers.ts";
export * from "./unique-name.ts";
