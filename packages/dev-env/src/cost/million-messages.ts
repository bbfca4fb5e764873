import { MESSAGE_BUDGET } from "./message-budget.ts";

/** What Google bills of a message, or of something else that clients do. */
export interface Billed {
  /** Messages on the ingress topic, each delivered once. */
  readonly published: number;
  /** Push requests, likewise on their topic. */
  readonly pushed: number;
  /** Documents; a query that finds none is billed as one. */
  readonly reads: number;
  readonly writes: number;
  readonly deletes: number;
}

const ONLINE: Billed = { published: 1, pushed: 0, reads: 1, writes: 1, deletes: 1 };

/** Until a user's first device, which is offline, fetches the message: it may have registered just now. */
const WAITING: Billed = { ...ONLINE, reads: 2, deletes: 0 };

/** Of a message that such a device fetches over HTTP with so many others. */
export function offline(perPull: number): Billed {
  // A pull and its ack look the device up, and a pull reads one more document, to tell whether there are more.
  return { ...WAITING, reads: WAITING.reads + (perPull + 3) / perPull, deletes: 1 };
}

/** What clients do, and what it takes; `tests/stack/counted-operations.system.test.ts` counts each of them. */
export const BILLED = {
  online: ONLINE,
  waiting: WAITING,
  device: { published: 0, pushed: 0, reads: 0, writes: 1, deletes: 1 },
  offline: offline(50),
  push: { published: 0, pushed: 1, reads: 0, writes: 0, deletes: 0 },
  ephemeral: { ...ONLINE, writes: 0, deletes: 0 },
  anonymous: { ...ONLINE, reads: 2 },
  large: { ...ONLINE, reads: 2 },
  connection: { published: 0, pushed: 0, reads: 3, writes: 0, deletes: 0 },
} as const satisfies Readonly<Record<string, Billed>>;

/** List prices in US dollars, of which readers replace what differs for them. */
export const PRICES = {
  /** For each 2^40 bytes published, and for each delivered. */
  pubsubPerTiB: 40,
  /** A publish, pull or push request with less is billed as so many bytes, however many messages it has. */
  pubsubLeastBytes: 1_000,
  /** For each 100,000 documents. */
  reads: 0.03,
  writes: 0.09,
  deletes: 0.01,
  /** For each 2^30 bytes, to the internet, and through the load balancer in each direction. */
  egressPerGiB: 0.12,
  balancerPerGiB: 0.008,
  /** For each hour. */
  vcpu: 0.0445,
  memoryGiB: 0.0049225,
  redisGiB: 0.064,
  balancer: 0.025,
  cluster: 0.1,
} as const;

const MILLION = 1e6;
const GIB = 2 ** 30;
const TIB = 2 ** 40;
const perMessage = (name: keyof typeof MESSAGE_BUDGET) => MESSAGE_BUDGET[name].alone;

/** What Pub/Sub adds to each message: 20 bytes of time, and an ID. */
const PUBSUB_OWN_BYTES = 40;

/** Bytes of a message as Pub/Sub bills them, once. */
export function pubsubBytes(envelopeBytes: number): number {
  const bytes = envelopeBytes + perMessage("Pub/Sub bytes") + PUBSUB_OWN_BYTES;
  return Math.max(bytes, perMessage("Pub/Sub publish calls") * PRICES.pubsubLeastBytes);
}

/** In dollars for a million times. */
export interface Cost {
  readonly pubsub: number;
  readonly firestore: number;
  readonly network: number;
}

/**
 * Of messages that come one by one, each in calls of its own: the most that they cost. A push request has fewer bytes
 * than a call is billed for at least.
 *
 * @param deliveries how often a message leaves for a client: 0 or 1, by the number of devices
 */
export function costOfMillion(billed: Billed, envelopeBytes: number, deliveries: number): Cost {
  const { published, pushed, reads, writes, deletes } = billed;
  const topicBytes = 2 * (published * pubsubBytes(envelopeBytes) + pushed * PRICES.pubsubLeastBytes);
  const documents = reads * PRICES.reads + writes * PRICES.writes + deletes * PRICES.deletes;
  const sent = published * perMessage("api bytes") + deliveries * bytesToClient(envelopeBytes);
  const taken = published * envelopeBytes;
  return {
    pubsub: (MILLION * topicBytes * PRICES.pubsubPerTiB) / TIB,
    firestore: (MILLION * documents) / 100_000,
    network: (MILLION * (sent * PRICES.egressPerGiB + (sent + taken) * PRICES.balancerPerGiB)) / GIB,
  };
}

/** Bytes of a message, and of the answer to its acknowledgement, on a socket. */
export function bytesToClient(envelopeBytes: number): number {
  return envelopeBytes + perMessage("realtime bytes");
}
