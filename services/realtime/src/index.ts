export * from "./closing.ts";
export * from "./create-realtime.ts";
export * from "./dependencies.ts";
export * from "./timings.ts";
