import type { IngressDelivery } from "@dumbwaiter/core";
import PQueue from "p-queue";
import { isLarge } from "../large-messages.ts";
import { type BatchLimits, createMicroBatcher, type ProcessBatch } from "./micro-batcher.ts";
import { recipientOf } from "./waiting-records.ts";

export interface LaneLimits {
  /** A recipient for whom more records wait gets a lane of its own. */
  readonly maxShared: number;
  /** Batches of all lanes together that are processed at once, besides the shared ones. */
  readonly maxLanesInFlight: number;
  /** Batches of large records that are processed at once, besides all others. */
  readonly maxLargeInFlight: number;
  /** A lane in which nothing happens for so long ends. */
  readonly lingerMs: number;
}

export const LANE_LIMITS: LaneLimits = {
  maxShared: 100,
  maxLanesInFlight: 2,
  maxLargeInFlight: 2,
  lingerMs: 10_000,
};

interface RecipientLanes {
  add(delivery: IngressDelivery): void;
  /** Stops waiting for fuller batches; resolves once everything that was added has been processed. */
  flush(): Promise<void>;
}

/**
 * Batches that recipients share, and lanes of batches for those who get too much. Firestore takes some 500 writes a
 * second in one queue. When it takes a commit of more slowly, the batches of others neither contain it nor wait for it:
 * a lane has one batch in flight. Large records, whose copies take as long, share batches of their own likewise.
 */
export function createRecipientLanes(
  process: ProcessBatch,
  limits: BatchLimits & LaneLimits,
): RecipientLanes {
  const shared = createMicroBatcher(process, limits);
  const large = createMicroBatcher(process, { ...limits, maxInFlight: limits.maxLargeInFlight });
  const lanes = new Map<string, ReturnType<typeof openLane>>();
  const slots = new PQueue({ concurrency: limits.maxLanesInFlight });
  let flushing = false;

  function openLane(recipient: string) {
    let held = 0;
    let timer: NodeJS.Timeout | undefined;

    const batcher = createMicroBatcher(
      (batch, chosen) =>
        slots.add(async () => {
          let left = 0;
          await process(batch, (records) => {
            left += records.length;
            chosen(records);
          });
          held -= batch.length - left;
          if (held === 0) timer = setTimeout(() => lanes.delete(recipient), limits.lingerMs).unref();
        }),
      { ...limits, maxInFlight: 1 },
    );

    return {
      add(delivery: IngressDelivery) {
        clearTimeout(timer);
        held += 1;
        batcher.add(delivery);
      },
      flush: () => batcher.flush(),
    };
  }

  return {
    add(delivery) {
      if (isLarge(delivery.record.data)) return large.add(delivery);
      const recipient = recipientOf(delivery);
      const lane = lanes.get(recipient);
      if (lane) return lane.add(delivery);
      shared.add(delivery);
      if (flushing || shared.waitingOf(recipient) <= limits.maxShared) return;
      const opened = openLane(recipient);
      lanes.set(recipient, opened);
      for (const each of shared.takeAllOf(recipient)) opened.add(each);
    },
    async flush() {
      flushing = true;
      await Promise.all([shared.flush(), large.flush(), ...[...lanes.values()].map((lane) => lane.flush())]);
    },
  };
}
