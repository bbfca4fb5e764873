import type { Clock, IngressDelivery, IngressRecord } from "@dumbwaiter/core";

/** The records that are neither acked nor nacked. */
export interface InFlight {
  /** @returns the record, guarded: only the first ack or nack counts, so what stop() nacked stays nacked. */
  track(delivery: IngressDelivery): IngressDelivery;
  /** For how long the one that came first has been held, in milliseconds; 0 if there is none. */
  oldestHeldMs(): number;
  /** How long ago the oldest was published, in milliseconds; 0 if there is none. */
  oldestAgeMs(): number;
  /** Nacks all of them. @returns how many there were */
  nackAll(): number;
}

export function createInFlight(clock: Clock): InFlight {
  /** When each came, the first one first, in milliseconds since the epoch. */
  const held = new Map<IngressDelivery, number>();

  function since(time: number): number {
    return Math.max(0, clock.now() - time);
  }

  return {
    track(delivery) {
      const tracked = new TrackedDelivery(delivery, held);
      held.set(tracked, clock.now());
      return tracked;
    },
    oldestHeldMs() {
      const [first] = held.values();
      return first === undefined ? 0 : since(first);
    },
    oldestAgeMs() {
      let oldest = Number.POSITIVE_INFINITY;
      for (const { publishedAt } of held.keys()) oldest = Math.min(oldest, publishedAt);
      return since(oldest);
    },
    nackAll() {
      const count = held.size;
      for (const delivery of [...held.keys()]) delivery.nack();
      return count;
    },
  };
}

/** A class: thousands are held at once, and closures for each would take far more memory. */
class TrackedDelivery implements IngressDelivery {
  readonly record: IngressRecord;
  readonly attempt: number;
  readonly publishedAt: number;
  readonly #delivery: IngressDelivery;
  readonly #held: Map<IngressDelivery, number>;

  constructor(delivery: IngressDelivery, held: Map<IngressDelivery, number>) {
    this.record = delivery.record;
    this.attempt = delivery.attempt;
    this.publishedAt = delivery.publishedAt;
    this.#delivery = delivery;
    this.#held = held;
  }

  ack(): void {
    if (this.#held.delete(this)) this.#delivery.ack();
  }

  nack(): void {
    if (this.#held.delete(this)) this.#delivery.nack();
  }
}
