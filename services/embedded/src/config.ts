import { NOT_IN_PRODUCTION } from "@dumbwaiter/dev-issuer";
import {
  ADMIN_PORT,
  ALLOWED_ORIGINS,
  defineSettings,
  limitsOf,
  OBSERVABILITY,
  PORT,
  type ServiceConfig,
  SHUTDOWN_GRACE,
  text,
  type Variable,
} from "@dumbwaiter/service/settings";

const DATA_DIR = {
  name: "DATA_DIR",
  group: "storage",
  key: "dataDir",
  schema: text(/^[^\0]+$/, "must be a path"),
  default: "./data",
  description:
    "Directory for the embedded process's database and the development issuer's key; created if missing",
} as const satisfies Variable;

/** What the embedded process reads from its environment. */
export const EMBEDDED_SETTINGS = defineSettings("embedded", [
  PORT,
  ADMIN_PORT,
  ALLOWED_ORIGINS,
  NOT_IN_PRODUCTION,
  SHUTDOWN_GRACE,
  ...OBSERVABILITY,
  DATA_DIR,
  ...limitsOf("embedded"),
]);

export type EmbeddedConfig = ServiceConfig<typeof EMBEDDED_SETTINGS>;
