import { MAX_DELIVERY_ATTEMPTS } from "@dumbwaiter/core";
import type { PubSubNames } from "@dumbwaiter/service/settings";

/*
 * The topics and subscriptions of a routing service, once for all that create them: `npm run provision`, Config
 * Connector's objects and the script for gcloud. Plain data, without Google's clients.
 */

/** Stable names of our own for what has a configurable id. */
export type TopicRole = "ingress" | "dead-letter" | "push";
export type SubscriptionRole = "processor" | "dead-letter";

export interface Topic {
  readonly role: TopicRole;
  readonly id: string;
}

/** Never expires. */
export interface Subscription {
  readonly role: SubscriptionRole;
  readonly id: string;
  readonly topic: Topic;
  readonly ackDeadlineSeconds: number;
  readonly retentionSeconds: number;
  readonly retry?: { readonly minimumSeconds: number; readonly maximumSeconds: number };
  readonly deadLetters?: { readonly topic: Topic; readonly maxDeliveryAttempts: number };
}

export interface PubSubResources {
  readonly topics: readonly Topic[];
  readonly subscriptions: readonly Subscription[];
}

/** The shortest that Pub/Sub allows, so that the messages of a killed processor are redelivered soon. */
export const INGRESS_ACK_DEADLINE_SECONDS = 10;

/** How long a dead letter that was looked at stays hidden, unless it is released before. */
export const DEAD_LETTER_ACK_DEADLINE_SECONDS = 60;

const WEEK_SECONDS = 7 * 24 * 60 * 60;

/** @param names ids, or full names: the resources have the same */
export function pubSubResources(names: PubSubNames): PubSubResources {
  const ingress: Topic = { role: "ingress", id: names.ingressTopic };
  const deadLetter: Topic = { role: "dead-letter", id: names.deadLetterTopic };
  const push: Topic = { role: "push", id: names.pushTopic };
  return {
    topics: [ingress, deadLetter, push],
    subscriptions: [
      {
        role: "processor",
        id: names.ingressSubscription,
        topic: ingress,
        ackDeadlineSeconds: INGRESS_ACK_DEADLINE_SECONDS,
        retentionSeconds: WEEK_SECONDS,
        retry: { minimumSeconds: 1, maximumSeconds: 10 },
        deadLetters: { topic: deadLetter, maxDeliveryAttempts: MAX_DELIVERY_ATTEMPTS },
      },
      {
        role: "dead-letter",
        id: names.deadLetterSubscription,
        topic: deadLetter,
        ackDeadlineSeconds: DEAD_LETTER_ACK_DEADLINE_SECONDS,
        retentionSeconds: WEEK_SECONDS,
      },
    ],
  };
}
