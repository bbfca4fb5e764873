import {
  ADMIN_PORT,
  ALLOWED_ORIGINS,
  AUTH,
  defineSettings,
  GOOGLE,
  HOST,
  INGRESS_TOPIC,
  limitsOf,
  OBSERVABILITY,
  PORT,
  READINESS_DELAY,
  REDIS,
  type ServiceConfig,
  SHUTDOWN_GRACE,
  TRUST_PROXY,
} from "@dumbwaiter/service/settings";

/** What the api reads from its environment. */
export const API_SETTINGS = defineSettings("api", [
  PORT,
  HOST,
  ADMIN_PORT,
  ALLOWED_ORIGINS,
  TRUST_PROXY,
  ...AUTH,
  SHUTDOWN_GRACE,
  READINESS_DELAY,
  ...OBSERVABILITY,
  ...GOOGLE,
  INGRESS_TOPIC,
  ...REDIS,
  ...limitsOf("api"),
]);

export type ApiConfig = ServiceConfig<typeof API_SETTINGS>;
