import { PUBSUB_NAMES, type PubSubNames } from "@dumbwaiter/service/settings";
import type { CallSettings } from "../dependency-calls.ts";
import type { GoogleEndpoint } from "../google-client-options.ts";

/** IDs without the project. One that is left out has the default of its environment variable. */
export interface PubSubSettings extends GoogleEndpoint, CallSettings, Partial<PubSubNames> {}

/** The full names, as Pub/Sub expects them. */
export function pubSubNames(settings: PubSubSettings): PubSubNames {
  const names = PUBSUB_NAMES.map(({ key, default: byDefault }) => {
    const collection = key.endsWith("Topic") ? "topics" : "subscriptions";
    return [key, `projects/${settings.projectId}/${collection}/${settings[key] ?? byDefault}`];
  });
  return Object.fromEntries(names) as PubSubNames;
}
