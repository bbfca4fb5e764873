import {
  ADMIN_PORT,
  ALLOWED_ORIGINS,
  AUTH,
  DRAIN,
  defineSettings,
  GOOGLE,
  HOST,
  INGRESS_TOPIC,
  limitsOf,
  OBSERVABILITY,
  PORT,
  PUSH_TOPIC,
  READINESS_DELAY,
  REDIS,
  type ServiceConfig,
  SHUTDOWN_GRACE,
  TRUST_PROXY,
} from "@dumbwaiter/service/settings";

/** What realtime reads from its environment. */
export const REALTIME_SETTINGS = defineSettings("realtime", [
  PORT,
  HOST,
  ADMIN_PORT,
  ALLOWED_ORIGINS,
  TRUST_PROXY,
  ...AUTH,
  SHUTDOWN_GRACE,
  READINESS_DELAY,
  DRAIN,
  ...OBSERVABILITY,
  ...GOOGLE,
  INGRESS_TOPIC,
  PUSH_TOPIC,
  ...REDIS,
  ...limitsOf("realtime"),
]);

export type RealtimeConfig = ServiceConfig<typeof REALTIME_SETTINGS>;
