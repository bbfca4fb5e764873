import type { v1 } from "@google-cloud/pubsub";
import { Coalescer } from "../coalescer.ts";
import type { DependencyCalls } from "../dependency-calls.ts";
import type { GoogleClient } from "../google-client.ts";

/** A request may have 512 KiB, and an ack id has some 200 bytes. */
const LIMITS = { maxItems: 1000, maxSize: 1000, maxInFlight: 4 };

/** Nobody waits for an ack: leases are for seconds. What a killed process has not sent comes again. */
const ACK_LIMITS = { ...LIMITS, pace: { everyMs: 200, minItems: 200 } };

/** Acks, nacks and extensions of received messages; those at about the same time share a request. */
export class PubSubSubscription {
  readonly #acks: Coalescer<string>;
  readonly #nacks: Coalescer<string>;
  readonly #extensions: Coalescer<string>;

  /** @param subscription its full name */
  constructor(
    client: GoogleClient<v1.SubscriberClient>,
    calls: DependencyCalls,
    subscription: string,
    ackDeadlineSeconds: number,
  ) {
    this.#acks = new Coalescer(
      ACK_LIMITS,
      () => 1,
      (ids) =>
        calls.run({
          method: "acknowledge",
          resource: subscription,
          attempt: async (timeout) =>
            (await client.ready()).acknowledge({ subscription, ackIds: [...ids] }, { timeout, retry: null }),
          items: () => ids.length,
        }),
    );
    const deadlines = (ackDeadlineSeconds: number) =>
      new Coalescer<string>(
        LIMITS,
        () => 1,
        (ids) =>
          calls.run({
            method: "modifyAckDeadline",
            resource: subscription,
            attempt: async (timeout) =>
              (await client.ready()).modifyAckDeadline(
                { subscription, ackIds: [...ids], ackDeadlineSeconds },
                { timeout, retry: null },
              ),
            items: () => ids.length,
          }),
      );
    this.#nacks = deadlines(0);
    this.#extensions = deadlines(ackDeadlineSeconds);
  }

  /** @throws UnavailableError: the message is redelivered */
  ack(ackId: string): Promise<void> {
    return this.#acks.add(ackId);
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
