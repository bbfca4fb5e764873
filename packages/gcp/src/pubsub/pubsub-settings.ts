import type { CallSettings } from "../dependency-calls.ts";
import type { GoogleEndpoint } from "../google-client-options.ts";

/** Ids of the topics and subscriptions, without the project. */
export interface PubSubNames {
  readonly ingressTopic: string;
  readonly ingressSubscription: string;
  readonly deadLetterTopic: string;
  /** Keeps the letters until somebody looks. */
  readonly deadLetterSubscription: string;
  readonly pushTopic: string;
}

export const DEFAULT_PUBSUB_NAMES: PubSubNames = {
  ingressTopic: "dumbwaiter-ingress",
  ingressSubscription: "dumbwaiter-processor",
  deadLetterTopic: "dumbwaiter-dead-letter",
  deadLetterSubscription: "dumbwaiter-dead-letter",
  pushTopic: "dumbwaiter-push",
};

/** Names that are left out are {@link DEFAULT_PUBSUB_NAMES}. */
export interface PubSubSettings extends GoogleEndpoint, CallSettings, Partial<PubSubNames> {}

/** The full names, as Pub/Sub wants them. */
export function pubSubNames(settings: PubSubSettings): PubSubNames {
  const project = `projects/${settings.projectId}`;
  const names = { ...DEFAULT_PUBSUB_NAMES, ...settings };
  return {
    ingressTopic: `${project}/topics/${names.ingressTopic}`,
    ingressSubscription: `${project}/subscriptions/${names.ingressSubscription}`,
    deadLetterTopic: `${project}/topics/${names.deadLetterTopic}`,
    deadLetterSubscription: `${project}/subscriptions/${names.deadLetterSubscription}`,
    pushTopic: `${project}/topics/${names.pushTopic}`,
  };
}
