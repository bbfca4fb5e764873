import { DEFAULT_PUBSUB_NAMES, type PubSubSettings } from "./pubsub-settings.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What the scripts about Pub/Sub read from the environment; the services read the same. */
export const PUBSUB_ENVIRONMENT = `Environment:
  GOOGLE_CLOUD_PROJECT            required
  PUBSUB_EMULATOR_HOST            host:port of the emulator, in place of Google
  PUBSUB_INGRESS_TOPIC            ${DEFAULT_PUBSUB_NAMES.ingressTopic}
  PUBSUB_INGRESS_SUBSCRIPTION     ${DEFAULT_PUBSUB_NAMES.ingressSubscription}
  PUBSUB_DEAD_LETTER_TOPIC        ${DEFAULT_PUBSUB_NAMES.deadLetterTopic}
  PUBSUB_DEAD_LETTER_SUBSCRIPTION ${DEFAULT_PUBSUB_NAMES.deadLetterSubscription}
  PUBSUB_PUSH_TOPIC               ${DEFAULT_PUBSUB_NAMES.pushTopic}
`;

/** @throws Error when the project is missing */
export function pubSubSettingsFromEnv(env: Env): PubSubSettings {
  const projectId = env.GOOGLE_CLOUD_PROJECT;
  if (!projectId) throw new Error(`GOOGLE_CLOUD_PROJECT is not set.\n\n${PUBSUB_ENVIRONMENT}`);
  const defaults = DEFAULT_PUBSUB_NAMES;
  return {
    projectId,
    emulatorHost: env.PUBSUB_EMULATOR_HOST,
    ingressTopic: env.PUBSUB_INGRESS_TOPIC || defaults.ingressTopic,
    ingressSubscription: env.PUBSUB_INGRESS_SUBSCRIPTION || defaults.ingressSubscription,
    deadLetterTopic: env.PUBSUB_DEAD_LETTER_TOPIC || defaults.deadLetterTopic,
    deadLetterSubscription: env.PUBSUB_DEAD_LETTER_SUBSCRIPTION || defaults.deadLetterSubscription,
    pushTopic: env.PUBSUB_PUSH_TOPIC || defaults.pushTopic,
  };
}
