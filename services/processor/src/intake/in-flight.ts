import type { IngressDelivery } from "@dumbwaiter/core";

/** The records that are neither acked nor nacked. */
export interface InFlight {
  /** @returns the record, guarded: only the first ack or nack counts, so what stop() nacked stays nacked. */
  track(delivery: IngressDelivery): IngressDelivery;
  /** When the oldest of them was published, in milliseconds since the epoch. */
  oldestPublishedAt(): number | undefined;
  /** Nacks all of them. @returns how many there were */
  nackAll(): number;
}

export function createInFlight(): InFlight {
  const held = new Set<IngressDelivery>();

  return {
    track(delivery) {
      const { record, attempt, publishedAt } = delivery;
      const tracked: IngressDelivery = {
        record,
        attempt,
        publishedAt,
        ack: () => {
          if (held.delete(tracked)) delivery.ack();
        },
        nack: () => {
          if (held.delete(tracked)) delivery.nack();
        },
      };
      held.add(tracked);
      return tracked;
    },
    oldestPublishedAt() {
      let oldest: number | undefined;
      for (const { publishedAt } of held) oldest = Math.min(oldest ?? publishedAt, publishedAt);
      return oldest;
    },
    nackAll() {
      const count = held.size;
      for (const delivery of [...held]) delivery.nack();
      return count;
    },
  };
}
