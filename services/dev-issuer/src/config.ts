import {
  ADMIN_PORT,
  defineSettings,
  HOST,
  OBSERVABILITY,
  PORT,
  type ServiceConfig,
  SHUTDOWN_GRACE,
  text,
  type Variable,
} from "@dumbwaiter/service/settings";

const ENABLED = {
  name: "DEV_ISSUER",
  group: "issuer",
  key: "enabled",
  schema: text(/^1$/, "must be 1").transform(() => true as const),
  required: true,
  description: "Set to 1 to start the development issuer, which gives anyone any token",
} as const satisfies Variable;

/** For every process that the development issuer is part of. */
export const NOT_IN_PRODUCTION = {
  name: "NODE_ENV",
  group: "issuer",
  key: "nodeEnv",
  schema: text(/^(?!production$)/, "must not be production: the development issuer gives anyone any token"),
  description: "The process refuses to start when it is `production`",
} as const satisfies Variable;

/** What the development issuer reads from its environment. */
export const DEV_ISSUER_SETTINGS = defineSettings("issuer", [
  PORT,
  HOST,
  ADMIN_PORT,
  ENABLED,
  NOT_IN_PRODUCTION,
  SHUTDOWN_GRACE,
  ...OBSERVABILITY,
]);

export type DevIssuerConfig = ServiceConfig<typeof DEV_ISSUER_SETTINGS>;
