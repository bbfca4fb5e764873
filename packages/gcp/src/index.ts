export type { CallObserver } from "./dependency-calls.ts";
export * from "./firestore/open-firestore.ts";
export * from "./open-google.ts";
export * from "./pubsub/dead-letter-inbox.ts";
export * from "./pubsub/open-pubsub.ts";
export * from "./pubsub/provision-pubsub.ts";
export { DEAD_LETTER_CODE, DEAD_LETTER_REASON } from "./pubsub/pubsub-dead-letters.ts";
export type { IngressConsumerSettings } from "./pubsub/pubsub-ingress-consumer.ts";
export * from "./pubsub/pubsub-settings.ts";
