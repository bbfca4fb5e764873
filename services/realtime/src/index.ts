export * from "./create-realtime.ts";
export * from "./dependencies.ts";
export { resyncPace } from "./node/resync.ts";
export * from "./timings.ts";
