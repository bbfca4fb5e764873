export * from "./in-memory-push-throttle.ts";
export * from "./in-memory-send-limits.ts";
export * from "./in-process-delivery-bus.ts";
