export * from "./config-error.ts";
export * from "./help-text.ts";
export * from "./load-config.ts";
export * from "./read-env.ts";
export * from "./service-name.ts";
export type { Variable } from "./variable.ts";
export * from "./variables.ts";
