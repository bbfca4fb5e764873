import {
  ADMIN_PORT,
  DEAD_LETTER_TOPIC,
  defineSettings,
  GOOGLE,
  HOST,
  INGRESS_SUBSCRIPTION,
  limitsOf,
  OBSERVABILITY,
  PUSH_TOPIC,
  REDIS,
  type ServiceConfig,
  SHUTDOWN_GRACE,
} from "@dumbwaiter/service/settings";

/** What the processor reads from its environment. */
export const PROCESSOR_SETTINGS = defineSettings("processor", [
  HOST,
  ADMIN_PORT,
  SHUTDOWN_GRACE,
  ...OBSERVABILITY,
  ...GOOGLE,
  INGRESS_SUBSCRIPTION,
  DEAD_LETTER_TOPIC,
  PUSH_TOPIC,
  ...REDIS,
  ...limitsOf("processor"),
]);

export type ProcessorConfig = ServiceConfig<typeof PROCESSOR_SETTINGS>;
