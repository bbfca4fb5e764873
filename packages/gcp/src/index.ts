export * from "./dead-letter-inbox.ts";
export type { CallObserver } from "./dependency-calls.ts";
export * from "./open-firestore.ts";
export * from "./open-pubsub.ts";
export * from "./provision-pubsub.ts";
export { DEAD_LETTER_CODE, DEAD_LETTER_REASON } from "./pubsub-dead-letters.ts";
export type { IngressConsumerSettings } from "./pubsub-ingress-consumer.ts";
export * from "./pubsub-settings.ts";
