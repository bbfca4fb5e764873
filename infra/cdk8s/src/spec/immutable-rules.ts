import type { SpecRule } from "./spec-rule.ts";

/** Fields that cannot change while messages wait there: the messages would be left behind. */
export const IMMUTABLE_RULES: readonly SpecRule[] = [
  {
    message: "google.project is immutable: changing it would leave queues behind",
    cel: "self.google.project == oldSelf.google.project",
    holds: ({ google }, previous) => google.project === previous.google.project,
  },
  {
    message: "google.firestoreDatabase is immutable: changing it would leave queues behind",
    cel: "self.google.firestoreDatabase == oldSelf.google.firestoreDatabase",
    holds: ({ google }, previous) => google.firestoreDatabase === previous.google.firestoreDatabase,
  },
  {
    message:
      "google.pubsub.ingressTopic and ingressSubscription are immutable: changing them would leave messages behind",
    cel: "self.google.pubsub.ingressTopic == oldSelf.google.pubsub.ingressTopic && self.google.pubsub.ingressSubscription == oldSelf.google.pubsub.ingressSubscription",
    holds: ({ google: { pubsub } }, { google: { pubsub: previous } }) =>
      pubsub.ingressTopic === previous.ingressTopic &&
      pubsub.ingressSubscription === previous.ingressSubscription,
  },
];
