import {
  ADMIN_PORT,
  ALLOWED_ORIGINS,
  defineSettings,
  HOST,
  LOGGING,
  PORT,
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
  description: "Set to 1 to start the development issuer, which issues a token for any user to any caller",
} as const satisfies Variable;

/** For every process that the development issuer is part of. */
export const NOT_IN_PRODUCTION = {
  name: "NODE_ENV",
  group: "issuer",
  key: "nodeEnv",
  schema: text(
    /^(?!production$)/,
    "must not be production: the development issuer issues a token for any user to any caller",
  ),
  description: "Must not be `production`: the process refuses to start",
} as const satisfies Variable;

/** What the development issuer reads from its environment. */
export const DEV_ISSUER_SETTINGS = defineSettings("issuer", [
  PORT,
  HOST,
  ADMIN_PORT,
  ALLOWED_ORIGINS,
  ENABLED,
  NOT_IN_PRODUCTION,
  SHUTDOWN_GRACE,
  ...LOGGING,
]);
