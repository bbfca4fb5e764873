export * from "./dev-issuer.ts";
export * from "./dev-issuer-key.ts";
