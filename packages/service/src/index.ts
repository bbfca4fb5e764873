export * from "./config/index.ts";
export * from "./metrics.ts";
