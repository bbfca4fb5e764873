export { MAX_QUERIES } from "./firestore/firestore-reads.ts";
export * from "./firestore/open-firestore.ts";
export * from "./open-google.ts";
export * from "./pubsub/dead-letter-inbox.ts";
export * from "./pubsub/open-pubsub.ts";
export * from "./pubsub/provision-pubsub.ts";
export type { IngressConsumerSettings } from "./pubsub/pubsub-ingress-consumer.ts";
export { type PubSubSettings, pubSubNames } from "./pubsub/pubsub-settings.ts";
export { PUBSUB_ENVIRONMENT, pubSubSettingsFromEnv } from "./pubsub/pubsub-settings-from-env.ts";
