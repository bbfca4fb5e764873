export * from "./in-memory-push-throttle.ts";
export * from "./in-memory-token-buckets.ts";
export * from "./in-process-delivery-bus.ts";
