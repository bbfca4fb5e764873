import { PUBSUB_NAMES } from "@dumbwaiter/service/settings";
import { isOfVersion010 } from "./names.ts";
import type { SpecRule } from "./spec-rule.ts";

/** May change, but a default that derives from the RoutingService's name would be a change that nobody asked for. */
const REMOVABLE = ["deadLetterTopic", "deadLetterSubscription", "pushTopic"] as const;

/** Fields that cannot change while messages wait there: the messages would be left behind. */
export const IMMUTABLE_RULES: readonly SpecRule[] = [
  {
    message: "google.project is immutable: changing it would leave queues behind",
    cel: "self.google.project == oldSelf.google.project",
    holds: ({ google }, previous) => google.project === previous.google.project,
  },
  {
    message:
      "google.firestoreDatabase is immutable: changing it would leave queues behind. To move to a restored one, set google.previousFirestoreDatabase to the current one",
    cel: "self.google.firestoreDatabase == oldSelf.google.firestoreDatabase || (has(self.google.previousFirestoreDatabase) && self.google.previousFirestoreDatabase == oldSelf.google.firestoreDatabase)",
    holds: ({ google }, previous) =>
      [google.firestoreDatabase, google.previousFirestoreDatabase].includes(
        previous.google.firestoreDatabase,
      ),
  },
  {
    message: "google.firestoreCollectionPrefix is immutable: changing it would leave queues behind",
    cel: isUnchanged("google.firestoreCollectionPrefix"),
    holds: ({ google }, previous) =>
      google.firestoreCollectionPrefix === previous.google.firestoreCollectionPrefix,
  },
  {
    message:
      "google.pubsub.ingressTopic and ingressSubscription are immutable: changing them would leave messages behind",
    cel: `${isUnchanged("google.pubsub.ingressTopic")} && ${isUnchanged("google.pubsub.ingressSubscription")}`,
    holds: ({ google: { pubsub } }, { google: { pubsub: previous } }) =>
      pubsub.ingressTopic === previous.ingressTopic &&
      pubsub.ingressSubscription === previous.ingressSubscription,
  },
  {
    message: "google.pubsub: IDs must not be removed: derived IDs would replace them",
    cel: REMOVABLE.map(
      (key) => `(!has(oldSelf.google.pubsub.${key}) || has(self.google.pubsub.${key}))`,
    ).join(" && "),
    holds: ({ google }, previous) =>
      REMOVABLE.every((key) => previous.google.pubsub[key] === undefined || google.pubsub[key] !== undefined),
  },
  {
    message:
      "google.pubsub: the last of the five IDs must not be added: without default prefixes, queues would be left behind",
    cel: `${hasAllIds("self")} == ${hasAllIds("oldSelf")}`,
    holds: (spec, previous) => isOfVersion010(spec) === isOfVersion010(previous),
  },
  {
    message: "redis.keyPrefix must not be removed: the default would replace it",
    cel: "!has(oldSelf.redis.keyPrefix) || has(self.redis.keyPrefix)",
    holds: ({ redis }, previous) => previous.redis.keyPrefix === undefined || redis.keyPrefix !== undefined,
  },
];

/** {@link isOfVersion010} in CEL. */
function hasAllIds(spec: string): string {
  return `(${PUBSUB_NAMES.map(({ field }) => `has(${spec}.${field.join(".")})`).join(" && ")})`;
}

/** Of a field without a default. */
function isUnchanged(field: string): string {
  return `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`;
}
