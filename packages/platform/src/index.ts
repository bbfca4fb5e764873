export * from "./open-google.ts";
export * from "./open-redis.ts";
