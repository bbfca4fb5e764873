import { z } from "zod";
import { text } from "./parsers.ts";
import type { ConfigOf, Variable } from "./variable.ts";

const PROJECT_ID = /^[a-z0-9][a-z0-9.:-]{0,99}$/;
const DATABASE_ID = /^(\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$/;

const MAX_PREFIX = 128;

const emulatorHost = {
  schema: text(/^\S+:\d{1,5}$/, "must be host:port"),
  fieldSchema: z
    .string()
    .max(260)
    .regex(/^[^\s:]+:[0-9]{1,5}$/, "must be host:port"),
};

/** Private Service Connect, and services in one region, have names of their own. */
const endpoint = {
  schema: text(/^[a-z0-9][a-z0-9.-]*(:\d{1,5})?$/, "must be a host name, perhaps with a port"),
  fieldSchema: z
    .string()
    .max(260)
    .regex(/^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?$/, "must be a host name, perhaps with a port"),
};

const pubsubName = {
  schema: text(
    /^(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/,
    "must be a Pub/Sub name: a letter, then letters, digits or any of - . _ ~ + %, 3 to 255 characters",
  ),
  fieldSchema: z
    .string()
    .min(3)
    .max(255)
    .regex(/^[A-Za-z][A-Za-z0-9._~+%-]*$/, "must be a Pub/Sub ID"),
};

export const PROJECT = {
  name: "GOOGLE_CLOUD_PROJECT",
  group: "google",
  key: "projectId",
  schema: text(PROJECT_ID, "must be a Google Cloud project ID"),
  field: ["google", "project"],
  fieldSchema: z.string().max(100).regex(PROJECT_ID, "must be a project ID"),
  required: true,
  description: "ID of the Google Cloud project for Pub/Sub and Firestore",
} as const satisfies Variable;

export const DATABASE = {
  name: "FIRESTORE_DATABASE",
  group: "google",
  key: "databaseId",
  schema: text(DATABASE_ID, "must be a Firestore database ID"),
  field: ["google", "firestoreDatabase"],
  fieldSchema: z.string().max(63).regex(DATABASE_ID, "must be a database ID"),
  default: "(default)",
  description: "ID of the Firestore database, which must exist",
} as const satisfies Variable;

export const COLLECTION_PREFIX = {
  name: "FIRESTORE_COLLECTION_PREFIX",
  group: "google",
  key: "collectionPrefix",
  schema: text(
    new RegExp(`^[A-Za-z0-9._-]{1,${MAX_PREFIX}}$`),
    `must be at most ${MAX_PREFIX} letters, digits or any of . _ -`,
  ),
  field: ["google", "firestoreCollectionPrefix"],
  fieldSchema: z
    .string()
    .max(MAX_PREFIX)
    .regex(/^[A-Za-z0-9._-]*$/, "must be letters, digits or any of . _ -"),
  fieldDefault: "NAMESPACE.NAME.",
  description: "Prefix of the IDs of all Firestore collections, so that installations can share a database",
} as const satisfies Variable;

export const FIRESTORE_EMULATOR = {
  ...emulatorHost,
  name: "FIRESTORE_EMULATOR_HOST",
  group: "google",
  key: "firestoreEmulatorHost",
  field: ["google", "emulators", "firestore"],
  description: "`host:port` of the Firestore emulator, used instead of Google Cloud",
} as const satisfies Variable;

export const PUBSUB_EMULATOR = {
  ...emulatorHost,
  name: "PUBSUB_EMULATOR_HOST",
  group: "google",
  key: "pubsubEmulatorHost",
  field: ["google", "emulators", "pubsub"],
  description: "`host:port` of the Pub/Sub emulator, used instead of Google Cloud",
} as const satisfies Variable;

export const FIRESTORE_ENDPOINT = {
  ...endpoint,
  name: "FIRESTORE_ENDPOINT",
  group: "google",
  key: "firestoreEndpoint",
  field: ["google", "endpoints", "firestore"],
  description: "Host of Firestore, over TLS, used instead of `firestore.googleapis.com`",
} as const satisfies Variable;

export const PUBSUB_ENDPOINT = {
  ...endpoint,
  name: "PUBSUB_ENDPOINT",
  group: "google",
  key: "pubsubEndpoint",
  field: ["google", "endpoints", "pubsub"],
  description: "Host of Pub/Sub, over TLS, used instead of `pubsub.googleapis.com`",
} as const satisfies Variable;

/** Where Firestore and Pub/Sub are. */
export const GOOGLE = [
  PROJECT,
  DATABASE,
  COLLECTION_PREFIX,
  FIRESTORE_ENDPOINT,
  PUBSUB_ENDPOINT,
  FIRESTORE_EMULATOR,
  PUBSUB_EMULATOR,
] as const;

export type GoogleSettings = ConfigOf<(typeof GOOGLE)[number]>["google"];

export const INGRESS_TOPIC = {
  ...pubsubName,
  name: "PUBSUB_INGRESS_TOPIC",
  group: "pubsub",
  key: "ingressTopic",
  field: ["google", "pubsub", "ingressTopic"],
  default: "dumbwaiter-ingress",
  fieldDefault: "dumbwaiter-ingress.NAMESPACE.NAME",
  description: "Topic to which accepted messages are published",
} as const satisfies Variable;

export const INGRESS_SUBSCRIPTION = {
  ...pubsubName,
  name: "PUBSUB_INGRESS_SUBSCRIPTION",
  group: "pubsub",
  key: "ingressSubscription",
  field: ["google", "pubsub", "ingressSubscription"],
  default: "dumbwaiter-processor",
  fieldDefault: "dumbwaiter-processor.NAMESPACE.NAME",
  description: "Subscription from which the processor receives messages",
} as const satisfies Variable;

export const DEAD_LETTER_TOPIC = {
  ...pubsubName,
  name: "PUBSUB_DEAD_LETTER_TOPIC",
  group: "pubsub",
  key: "deadLetterTopic",
  field: ["google", "pubsub", "deadLetterTopic"],
  default: "dumbwaiter-dead-letter",
  fieldDefault: "dumbwaiter-dead-letter.NAMESPACE.NAME",
  description: "Topic for messages that cannot be processed",
} as const satisfies Variable;

/** No service reads it; `npm run provision` and `dumbwaiter dead-letters` do. */
const DEAD_LETTER_SUBSCRIPTION = {
  ...pubsubName,
  name: "PUBSUB_DEAD_LETTER_SUBSCRIPTION",
  group: "pubsub",
  key: "deadLetterSubscription",
  field: ["google", "pubsub", "deadLetterSubscription"],
  default: "dumbwaiter-dead-letter",
  fieldDefault: "dumbwaiter-dead-letter.NAMESPACE.NAME",
  description: "Subscription that keeps dead letters until they are replayed or expire",
} as const satisfies Variable;

export const PUSH_TOPIC = {
  ...pubsubName,
  name: "PUBSUB_PUSH_TOPIC",
  group: "pubsub",
  key: "pushTopic",
  field: ["google", "pubsub", "pushTopic"],
  default: "dumbwaiter-push",
  fieldDefault: "dumbwaiter-push.NAMESPACE.NAME",
  description: "Topic for push requests, which ask a notifier to wake an offline device",
} as const satisfies Variable;

/** The IDs of all topics and subscriptions. */
export const PUBSUB_NAMES = [
  INGRESS_TOPIC,
  INGRESS_SUBSCRIPTION,
  DEAD_LETTER_TOPIC,
  DEAD_LETTER_SUBSCRIPTION,
  PUSH_TOPIC,
] as const;

/** An ID for each of {@link PUBSUB_NAMES}, by its key. */
export type PubSubNames = ConfigOf<(typeof PUBSUB_NAMES)[number]>["pubsub"];
