import type { Mutant } from "./mutant.ts";

const FIRESTORE = "packages/gcp/src/firestore";
const PUBSUB = "packages/gcp/src/pubsub";
const LEASES = `${PUBSUB}/pubsub-leases.test.ts`;
const STREAMS = `${PUBSUB}/pubsub-pull-streams.test.ts`;

/**
 * What Pub/Sub has handed out stays ours until it is acked, and is acked only when it is done with. Firestore is told when
 * each message expires, and an ack succeeds only once all its messages are deleted.
 */
export const GCP_MUTANTS: readonly Mutant[] = [
  {
    file: `${FIRESTORE}/firestore-message-queues.ts`,
    from: "timestamp(this.#clock.now() + this.#messageTtlMs)",
    to: "timestamp(this.#clock.now() - this.#messageTtlMs)",
    test: `${FIRESTORE}/firestore-expiry.test.ts`,
    name: "a message is stored with the time when it expires, for Firestore's TTL policy",
  },
  {
    file: `${FIRESTORE}/firestore-message-queues.ts`,
    from: "names.some((name) => failed.has(name))",
    to: "names.every((name) => failed.has(name))",
    test: `${FIRESTORE}/firestore-hot-spots.test.ts`,
    name: "fails an ack of which a delete failed, and no other that shared the call",
  },
  {
    file: `${PUBSUB}/dead-letter-inbox.ts`,
    from: "await this.#pubsub.publisher.publish(letter.record);",
    to: "this.#pubsub.publisher.publish(letter.record).catch(() => {});",
    test: `${PUBSUB}/dead-letter-inbox.test.ts`,
    name: "keeps a letter whose record it could not publish again",
  },
  {
    file: `${PUBSUB}/pubsub-ingress-consumer.ts`,
    from: "[...this.#held, ...this.#waiting]",
    to: "[...this.#held]",
    test: LEASES,
    name: "are extended until the messages are acked",
  },
  {
    file: `${PUBSUB}/pubsub-ingress-consumer.ts`,
    from: "[...this.#held, ...this.#waiting]",
    to: "[...this.#waiting]",
    test: LEASES,
    name: "are extended until the messages are acked",
  },
  {
    file: `${PUBSUB}/pubsub-ingress-consumer.ts`,
    from: "void this.#subscription.nack(lease.ackId)",
    to: "void this.#subscription.ack(lease.ackId)",
    test: LEASES,
    name: "end for good with an ack",
  },
  {
    file: `${PUBSUB}/pubsub-ingress-consumer.ts`,
    from: "if (this.#forget(lease)) this.#subscription.postAck",
    to: "this.#forget(lease); this.#subscription.postAck",
    test: LEASES,
    name: "end for good with an ack",
  },
  {
    file: `${PUBSUB}/pubsub-pull-streams.ts`,
    from: "      grant.end();\n",
    to: "",
    test: STREAMS,
    name: "are not opened while nothing is left",
  },
];
