import type { IngressConsumer, IngressDelivery, IngressRecord } from "@dumbwaiter/core";
import type { v1 } from "@google-cloud/pubsub";
import type { DependencyCalls } from "../dependency-calls.ts";
import type { GoogleClient } from "../google-client.ts";
import { INGRESS_ACK_DEADLINE_SECONDS } from "../resources/index.ts";
import { wholeMs } from "../whole-ms.ts";
import { PullStreams, type Receive, type ReceivedMessage } from "./pubsub-pull-streams.ts";
import { PubSubSubscription } from "./pubsub-subscription.ts";

export interface IngressConsumerSettings {
  /** How much may be handed out and neither acked nor nacked; the last message may exceed the bytes. */
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Pull streams; one carries a few thousand messages a second. */
  readonly streams?: number;
}

/** A lease is extended when it is between once and twice as old as this. */
const EXTENSION_MS = 2_500;

/** How a receiver ends a lease. */
interface LeaseOwner {
  ack(lease: Lease): void;
  nack(lease: Lease): void;
}

/** A class: thousands are held at once, and closures for each would take far more memory. */
class Lease implements IngressDelivery {
  readonly ackId: string;
  readonly bytes: number;
  readonly record: IngressRecord;
  readonly attempt: number;
  readonly publishedAt: number;
  /** Called once Pub/Sub knows, or could not be told; makes room for another. */
  readonly ended: () => void;
  /** By performance.now(). */
  grantedAt = performance.now();
  readonly #owner: LeaseOwner;

  constructor({ ackId, message, deliveryAttempt }: ReceivedMessage, ended: () => void, owner: LeaseOwner) {
    const { data, attributes, publishTime } = message ?? {};
    this.ackId = ackId ?? "";
    this.bytes = data?.length ?? 0;
    this.record = { data: data as Buffer, attributes: attributes ?? {} };
    // Pub/Sub counts only on a subscription with a dead-letter policy.
    this.attempt = deliveryAttempt || 1;
    this.publishedAt = wholeMs(publishTime ?? {});
    this.ended = ended;
    this.#owner = owner;
  }

  ack(): void {
    this.#owner.ack(this);
  }

  nack(): void {
    this.#owner.nack(this);
  }
}

/**
 * The ingress subscription. The leases of all received messages are extended until they are acked or nacked; messages
 * over the limits wait here. Google's own subscriber is not used: its flow control may delay a message until the next
 * one comes, and it cannot stop pulling while messages are being processed.
 */
export class PubSubIngressConsumer implements IngressConsumer {
  readonly #open: (receive: Receive) => PullStreams;
  readonly #subscription: PubSubSubscription;
  readonly #limits: IngressConsumerSettings;
  readonly #waiting = new Set<Lease>();
  readonly #held = new Set<Lease>();
  #heldBytes = 0;
  readonly #leaseOwner: LeaseOwner = {
    ack: (lease) => {
      if (this.#forget(lease)) this.#subscription.postAck(lease.ackId, lease.ended);
      this.#handOutSoon();
    },
    nack: (lease) => {
      this.#giveBack(lease);
      this.#handOutSoon();
    },
  };
  #willHandOut = false;
  #receive: ((delivery: IngressDelivery) => void) | undefined;
  #streams: PullStreams | undefined;
  #extending: NodeJS.Timeout | undefined;

  /** @param subscription its full name */
  constructor(
    client: GoogleClient<v1.SubscriberClient>,
    calls: DependencyCalls,
    subscription: string,
    settings: IngressConsumerSettings,
  ) {
    const { maxMessages, maxBytes, streams = 5 } = settings;
    const ackDeadlineSeconds = INGRESS_ACK_DEADLINE_SECONDS;
    const pull = { subscription, streams, maxMessages, maxBytes, ackDeadlineSeconds };
    this.#open = (receive) => new PullStreams(client, calls, pull, receive);
    this.#subscription = new PubSubSubscription(client, calls, subscription, ackDeadlineSeconds);
    this.#limits = settings;
  }

  /** Whether Pub/Sub says that there is no such subscription. */
  get isMissing(): boolean {
    return this.#streams?.isMissing ?? false;
  }

  async start(receive: (delivery: IngressDelivery) => void): Promise<void> {
    this.#receive = receive;
    this.#extending = setInterval(() => this.#extendLeases(), EXTENSION_MS);
    this.#streams = this.#open((message, ended) => {
      this.#waiting.add(new Lease(message, ended, this.#leaseOwner));
      this.#handOutSoon();
    });
  }

  async pause(): Promise<void> {
    this.#streams?.close();
    for (const lease of this.#waiting) this.#giveBack(lease);
  }

  async close(): Promise<void> {
    await this.pause();
    for (const lease of this.#held) this.#giveBack(lease);
    clearInterval(this.#extending);
    await Promise.all([this.#streams?.whenEnded(), this.#subscription.whenIdle()]);
  }

  /** Once for all that come or end together, and never within a call of the receiver's. */
  #handOutSoon(): void {
    if (this.#willHandOut) return;
    this.#willHandOut = true;
    queueMicrotask(() => {
      this.#willHandOut = false;
      this.#handOut();
    });
  }

  #handOut(): void {
    for (const lease of this.#waiting) {
      if (this.#held.size >= this.#limits.maxMessages || this.#heldBytes >= this.#limits.maxBytes) break;
      this.#waiting.delete(lease);
      this.#held.add(lease);
      this.#heldBytes += lease.bytes;
      this.#receive?.(lease);
    }
  }

  #giveBack(lease: Lease): void {
    if (this.#forget(lease)) void this.#subscription.nack(lease.ackId).catch(comesAgain).then(lease.ended);
  }

  /** @returns whether we still had the lease */
  #forget(lease: Lease): boolean {
    const wasHeld = this.#held.delete(lease);
    if (wasHeld) this.#heldBytes -= lease.bytes;
    return wasHeld || this.#waiting.delete(lease);
  }

  #extendLeases(): void {
    const now = performance.now();
    for (const lease of [...this.#held, ...this.#waiting]) {
      if (now - lease.grantedAt < EXTENSION_MS) continue;
      const granted = () => {
        lease.grantedAt = now;
      };
      this.#subscription.extend(lease.ackId).then(granted, comesAgain);
    }
  }
}

/** What Pub/Sub could not be told resolves itself: the lease expires and the message is redelivered. */
function comesAgain(): void {}
