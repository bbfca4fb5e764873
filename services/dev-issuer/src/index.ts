export { NOT_IN_PRODUCTION } from "./config.ts";
export * from "./dev-issuer.ts";
export * from "./dev-issuer-key.ts";
