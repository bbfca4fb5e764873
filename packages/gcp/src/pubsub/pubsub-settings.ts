import {
  DEAD_LETTER_SUBSCRIPTION,
  DEAD_LETTER_TOPIC,
  INGRESS_SUBSCRIPTION,
  INGRESS_TOPIC,
  PUSH_TOPIC,
} from "@dumbwaiter/service/settings";
import type { CallSettings } from "../dependency-calls.ts";
import type { GoogleEndpoint } from "../google-client-options.ts";

/** IDs of the topics and subscriptions, without the project. */
export interface PubSubNames {
  readonly ingressTopic: string;
  readonly ingressSubscription: string;
  readonly deadLetterTopic: string;
  /** Keeps the letters until they are replayed or expire. */
  readonly deadLetterSubscription: string;
  readonly pushTopic: string;
}

const DEFAULT_NAMES: PubSubNames = {
  ingressTopic: INGRESS_TOPIC.default,
  ingressSubscription: INGRESS_SUBSCRIPTION.default,
  deadLetterTopic: DEAD_LETTER_TOPIC.default,
  deadLetterSubscription: DEAD_LETTER_SUBSCRIPTION.default,
  pushTopic: PUSH_TOPIC.default,
};

/** A name that is left out has the default of its environment variable. */
export interface PubSubSettings extends GoogleEndpoint, CallSettings, Partial<PubSubNames> {}

/** The full names, as Pub/Sub expects them. */
export function pubSubNames(settings: PubSubSettings): PubSubNames {
  const project = `projects/${settings.projectId}`;
  const names = { ...DEFAULT_NAMES, ...settings };
  return {
    ingressTopic: `${project}/topics/${names.ingressTopic}`,
    ingressSubscription: `${project}/subscriptions/${names.ingressSubscription}`,
    deadLetterTopic: `${project}/topics/${names.deadLetterTopic}`,
    deadLetterSubscription: `${project}/subscriptions/${names.deadLetterSubscription}`,
    pushTopic: `${project}/topics/${names.pushTopic}`,
  };
}
