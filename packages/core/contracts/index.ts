export * from "./push-throttle.contract.ts";
export * from "./send-limits.contract.ts";
