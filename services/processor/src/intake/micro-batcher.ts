import type { IngressDelivery } from "@dumbwaiter/core";

export interface BatchLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** How long the first record of a batch waits for others. */
  readonly maxWaitMs: number;
  /** Batches processed at once, so that a slow one does not hold up the rest. */
  readonly maxInFlight: number;
}

export const BATCH_LIMITS: BatchLimits = {
  maxMessages: 500,
  maxBytes: 8 * 1024 * 1024,
  maxWaitMs: 5,
  maxInFlight: 4,
};

interface MicroBatcher {
  add(delivery: IngressDelivery): void;
  /** Stops waiting for fuller batches; resolves once everything that was added has been processed. */
  flush(): Promise<void>;
}

/**
 * Gathers records into batches. While all slots are taken, records keep gathering, so that batches grow with the load;
 * the consumer's flow control bounds how many.
 *
 * Not `dataloader` or `p-queue`: neither bounds a batch by bytes or lets it grow while all slots are taken.
 *
 * @param process never rejects
 */
export function createMicroBatcher(
  process: (batch: readonly IngressDelivery[]) => Promise<void>,
  limits: BatchLimits,
): MicroBatcher {
  let waiting: IngressDelivery[] = [];
  let waitingBytes = 0;
  let inFlight = 0;
  let due = false;
  let flushing = false;
  let timer: NodeJS.Timeout | undefined;
  const idle = Promise.withResolvers<void>();

  function pump(): void {
    while (waiting.length > 0 && inFlight < limits.maxInFlight && (due || flushing || isFull())) {
      inFlight += 1;
      void process(nextBatch()).finally(() => {
        inFlight -= 1;
        pump();
      });
    }
    if (waiting.length === 0) {
      clearTimeout(timer);
      timer = undefined;
      due = false;
      if (flushing && inFlight === 0) idle.resolve();
    } else {
      timer ??= setTimeout(onDue, limits.maxWaitMs);
    }
  }

  function onDue(): void {
    due = true;
    pump();
  }

  function isFull(): boolean {
    return waiting.length >= limits.maxMessages || waitingBytes >= limits.maxBytes;
  }

  function nextBatch(): readonly IngressDelivery[] {
    let count = 0;
    let bytes = 0;
    for (const { record } of waiting) {
      if (count === limits.maxMessages || (count > 0 && bytes + record.data.length > limits.maxBytes)) break;
      count += 1;
      bytes += record.data.length;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    waitingBytes -= bytes;
    return batch;
  }

  return {
    add(delivery) {
      waiting.push(delivery);
      waitingBytes += delivery.record.data.length;
      pump();
    },
    flush() {
      flushing = true;
      pump();
      return idle.promise;
    },
  };
}
