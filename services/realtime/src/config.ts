import {
  CLIENT_FACING,
  DRAIN,
  defineSettings,
  limitsOf,
  PUSH_TOPIC,
  type ServiceConfig,
} from "@dumbwaiter/service/settings";

/** What realtime reads from its environment. */
export const REALTIME_SETTINGS = defineSettings("realtime", [
  ...CLIENT_FACING,
  DRAIN,
  PUSH_TOPIC,
  ...limitsOf("realtime"),
]);

export type RealtimeConfig = ServiceConfig<typeof REALTIME_SETTINGS>;
