import { byteSize, daysAsMs, decimal, text, wholeNumber } from "./parsers.ts";
import { redisUrl } from "./redis-url.ts";
import type { Variable } from "./variable.ts";

const CLOUD = ["api", "processor", "realtime"] as const;
const ALL_PARTS = ["api", "processor", "realtime", "embedded"] as const;
const SENDING = ["api", "realtime", "embedded"] as const;

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

const pubsubName = text(
  /^(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/,
  "must be a Pub/Sub name: a letter, then letters, digits or any of - . _ ~ + %, 3 to 255 characters",
);
const emulatorHost = text(/^\S+:\d{1,5}$/, "must be host:port");

/** Where messages go, and the limits that they meet on their way. */
export const MESSAGING_VARIABLES = [
  {
    name: "GOOGLE_CLOUD_PROJECT",
    group: "google",
    key: "projectId",
    services: CLOUD,
    schema: text(/^[a-z0-9][a-z0-9.:-]{0,99}$/, "must be a Google Cloud project id"),
    required: true,
    description: "Google Cloud project of Pub/Sub and Firestore",
  },
  {
    name: "FIRESTORE_DATABASE",
    group: "google",
    key: "databaseId",
    services: CLOUD,
    schema: text(/^(\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$/, "must be a Firestore database id"),
    default: "(default)",
    description: "Firestore database",
  },
  {
    name: "FIRESTORE_EMULATOR_HOST",
    group: "google",
    key: "firestoreEmulatorHost",
    services: CLOUD,
    schema: emulatorHost,
    description: "`host:port` of Firestore's emulator, in place of Google",
  },
  {
    name: "PUBSUB_EMULATOR_HOST",
    group: "google",
    key: "pubsubEmulatorHost",
    services: CLOUD,
    schema: emulatorHost,
    description: "`host:port` of Pub/Sub's emulator, in place of Google",
  },
  {
    name: "PUBSUB_INGRESS_TOPIC",
    group: "pubsub",
    key: "ingressTopic",
    services: ["api", "realtime"],
    schema: pubsubName,
    default: "dumbwaiter-ingress",
    description: "Topic that accepted messages are published to",
  },
  {
    name: "PUBSUB_INGRESS_SUBSCRIPTION",
    group: "pubsub",
    key: "ingressSubscription",
    services: ["processor"],
    schema: pubsubName,
    default: "dumbwaiter-processor",
    description: "Subscription that the processor takes messages from",
  },
  {
    name: "PUBSUB_DEAD_LETTER_TOPIC",
    group: "pubsub",
    key: "deadLetterTopic",
    services: ["processor"],
    schema: pubsubName,
    default: "dumbwaiter-dead-letter",
    description: "Topic for what can never be processed",
  },
  {
    name: "PUBSUB_PUSH_TOPIC",
    group: "pubsub",
    key: "pushTopic",
    services: ["processor", "realtime"],
    schema: pubsubName,
    default: "dumbwaiter-push",
    description: "Topic where a notifier is asked to wake an offline device",
  },
  {
    name: "REDIS_URL",
    group: "redis",
    key: "url",
    services: CLOUD,
    schema: redisUrl,
    required: true,
    secret: true,
    description:
      "`redis:` or `rediss:` URL with user and password in it; a comma-separated list is a cluster, and so is a " +
      "single URL with a comma behind it; further nodes may be bare `host:port`",
  },
  {
    name: "REDIS_CA_FILE",
    group: "redis",
    key: "caFile",
    services: CLOUD,
    schema: text(/^[^\0]+$/, "must be a path"),
    description:
      "PEM file of the authority that signed Redis's certificate; the system's authorities when not set",
  },
  {
    name: "DATA_DIR",
    group: "storage",
    key: "dataDir",
    services: ["embedded"],
    schema: text(/^[^\0]+$/, "must be a path"),
    default: "./data",
    description:
      "Folder of the embedded process's database and the development issuer's key; made when missing",
  },
  {
    name: "MAX_ENVELOPE_BYTES",
    group: "limits",
    key: "maxEnvelopeBytes",
    services: ALL_PARTS,
    schema: byteSize(1 * KIB, 900 * KIB),
    default: "262144",
    description: "Largest envelope, at most 900 KiB; the same for every service",
  },
  {
    name: "MAX_UNACKED",
    group: "limits",
    key: "maxUnacked",
    services: ["realtime", "embedded"],
    schema: wholeNumber(1, 10_000),
    default: "256",
    description: "Messages that a socket is sent before it has to acknowledge some",
  },
  {
    name: "MAX_BUFFERED_BYTES",
    group: "limits",
    key: "maxBufferedBytes",
    services: ["realtime", "embedded"],
    schema: byteSize(64 * KIB, 64 * MIB),
    default: "1048576",
    description: "Bytes waiting in a socket's buffer at which it is sent nothing more for a while",
  },
  {
    name: "MAX_DEVICES",
    group: "limits",
    key: "maxDevices",
    services: ALL_PARTS,
    schema: wholeNumber(1, 100),
    default: "10",
    description: "Devices that one user may register",
  },
  {
    name: "MESSAGE_TTL_DAYS",
    group: "limits",
    key: "messageTtlMs",
    services: ALL_PARTS,
    schema: daysAsMs(1, 365),
    default: "30",
    description: "Days after which an unacknowledged message expires",
  },
  {
    name: "DEVICE_TTL_DAYS",
    group: "limits",
    key: "deviceTtlMs",
    services: ALL_PARTS,
    schema: daysAsMs(2, 3650),
    default: "45",
    description: "Days after which an unseen device is removed",
  },
  {
    name: "SEND_RATE_PER_SECOND",
    group: "sendLimits",
    key: "ratePerSecond",
    services: SENDING,
    schema: decimal(0.001, 1_000_000),
    default: "50",
    description: "Messages a second that one sender may send in the long run",
  },
  {
    name: "SEND_BURST",
    group: "sendLimits",
    key: "burst",
    services: SENDING,
    schema: wholeNumber(1, 1_000_000),
    default: "100",
    description: "Messages that one sender may send at once",
  },
  {
    name: "SENDER_BYTES_PER_HOUR",
    group: "sendLimits",
    key: "senderBytesPerHour",
    services: SENDING,
    schema: byteSize(1 * KIB, 1024 * GIB),
    default: "64MiB",
    description: "Bytes of envelopes that one sender may send in an hour",
  },
  {
    name: "RECIPIENT_BYTES_PER_HOUR",
    group: "sendLimits",
    key: "recipientBytesPerHour",
    services: SENDING,
    schema: byteSize(1 * KIB, 1024 * GIB),
    default: "1GiB",
    description: "Bytes of envelopes that one recipient may be sent in an hour",
  },
] as const satisfies readonly Variable[];
