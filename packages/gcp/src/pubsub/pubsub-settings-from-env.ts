import {
  defineSettings,
  describeVariable,
  type Env,
  PROJECT,
  PUBSUB_EMULATOR,
  PUBSUB_ENDPOINT,
  PUBSUB_NAMES,
  type Variable,
} from "@dumbwaiter/service/settings";
import type { PubSubSettings } from "./pubsub-settings.ts";

/** What the Pub/Sub scripts read; the services read the same variables. */
const SETTINGS = defineSettings("Pub/Sub", [PROJECT, PUBSUB_ENDPOINT, PUBSUB_EMULATOR, ...PUBSUB_NAMES]);

/** For the `--help` of those scripts. */
export const PUBSUB_ENVIRONMENT = `Environment:\n${SETTINGS.variables.map(line).join("\n")}\n`;

/** @throws ConfigError when the project is missing or a name is invalid */
export function pubSubSettingsFromEnv(env: Env): PubSubSettings {
  const { google, pubsub } = SETTINGS.load(env);
  const { projectId, pubsubEndpoint, pubsubEmulatorHost } = google;
  return { projectId, endpoint: pubsubEndpoint, emulatorHost: pubsubEmulatorHost, ...pubsub };
}

function line(variable: Variable): string {
  const value = variable.required
    ? "required"
    : (variable.default ?? describeVariable(variable).replaceAll("`", ""));
  return `  ${variable.name.padEnd(31)} ${value}`;
}
