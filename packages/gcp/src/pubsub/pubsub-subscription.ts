import { protos, type v1 } from "@google-cloud/pubsub";
import { Coalescer } from "../coalescer.ts";
import type { DependencyCalls } from "../dependency-calls.ts";
import { method, routedBy, unaryCall } from "../google-calls.ts";
import type { GoogleClient } from "../google-client.ts";

const { AcknowledgeRequest, ModifyAckDeadlineRequest } = protos.google.pubsub.v1;
const { Empty } = protos.google.protobuf;
const ACKNOWLEDGE = method("google.pubsub.v1.Subscriber/Acknowledge", AcknowledgeRequest, Empty);
const MODIFY_ACK_DEADLINE = method(
  "google.pubsub.v1.Subscriber/ModifyAckDeadline",
  ModifyAckDeadlineRequest,
  Empty,
);

/** A request may have 512 KiB, and an ack id has some 200 bytes. */
const LIMITS = { maxItems: 1000, maxSize: 1000, maxInFlight: 4 };

/**
 * An ack can wait a little: the lease lasts for seconds more, but until then the message counts against flow control. What
 * a killed process has not sent is redelivered.
 */
const ACK_LIMITS = { ...LIMITS, pace: { everyMs: 200, minItems: 200 } };

interface PendingAck {
  readonly ackId: string;
  /** Called once Pub/Sub knows, or could not be told: it redelivers the message then. */
  readonly ended?: () => void;
}

/** Acks, nacks and extensions of received messages; those at about the same time share a request. */
export class PubSubSubscription {
  readonly #acks: Coalescer<PendingAck>;
  readonly #nacks: Coalescer<string>;
  readonly #extensions: Coalescer<string>;

  /** @param subscription its full name */
  constructor(
    client: GoogleClient<v1.SubscriberClient>,
    calls: DependencyCalls,
    subscription: string,
    ackDeadlineSeconds: number,
  ) {
    const metadata = routedBy("subscription", subscription);
    this.#acks = new Coalescer(
      ACK_LIMITS,
      () => 1,
      (acked) => {
        const request = { subscription, ackIds: acked.map(({ ackId }) => ackId) };
        const acknowledged = calls.run({
          method: "acknowledge",
          resource: subscription,
          attempt: async (timeout) => {
            return unaryCall(await client.stub(), ACKNOWLEDGE, request, timeout, metadata);
          },
          items: () => acked.length,
        });
        return acknowledged.finally(() => {
          for (const { ended } of acked) ended?.();
        });
      },
    );
    const deadlines = (ackDeadlineSeconds: number) =>
      new Coalescer<string>(
        LIMITS,
        () => 1,
        (ids) =>
          calls.run({
            method: "modifyAckDeadline",
            resource: subscription,
            attempt: async (timeout) => {
              const request = { subscription, ackIds: [...ids], ackDeadlineSeconds };
              return unaryCall(await client.stub(), MODIFY_ACK_DEADLINE, request, timeout, metadata);
            },
            items: () => ids.length,
          }),
      );
    this.#nacks = deadlines(0);
    this.#extensions = deadlines(ackDeadlineSeconds);
  }

  /** @throws UnavailableError: the message is redelivered */
  ack(ackId: string): Promise<void> {
    return this.#acks.add({ ackId });
  }

  /**
   * Like `ack`, but without a promise, which would cost more than the ack itself.
   *
   * @param ended called once Pub/Sub knows, or could not be told
   */
  postAck(ackId: string, ended: () => void): void {
    this.#acks.post({ ackId, ended });
  }

  /** @throws UnavailableError: the message is still redelivered, only later */
  nack(ackId: string): Promise<void> {
    return this.#nacks.add(ackId);
  }

  /** @throws UnavailableError */
  extend(ackId: string): Promise<void> {
    return this.#extensions.add(ackId);
  }

  /** Resolves once nothing is under way. */
  async whenIdle(): Promise<void> {
    await Promise.all([this.#acks, this.#nacks, this.#extensions].map((calls) => calls.whenIdle()));
  }
}
