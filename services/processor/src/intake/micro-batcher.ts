import type { IngressDelivery } from "@dumbwaiter/core";
import { WaitingRecords } from "./waiting-records.ts";

export interface BatchLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** How long the first record of a batch waits for others; twice as long while another batch is in flight. */
  readonly maxWaitMs: number;
  /** Batches processed at once, so that a slow one does not hold up the rest. */
  readonly maxInFlight: number;
}

export const BATCH_LIMITS: BatchLimits = {
  maxMessages: 500,
  maxBytes: 4 * 1024 * 1024,
  maxWaitMs: 5,
  maxInFlight: 4,
};

interface MicroBatcher {
  add(delivery: IngressDelivery): void;
  /** Records of the recipient that wait for a batch. */
  waitingOf(recipient: string): number;
  /** Takes the records of the recipient that wait for a batch. */
  takeAllOf(recipient: string): readonly IngressDelivery[];
  /** Stops waiting for fuller batches; resolves once everything that was added has been processed. */
  flush(): Promise<void>;
}

/**
 * Processes a batch. It never rejects.
 *
 * @param chosen called once it is known which of the records are too much for now: they come next again
 */
export type ProcessBatch = (
  batch: readonly IngressDelivery[],
  chosen: (left: readonly IngressDelivery[]) => void,
) => Promise<void>;

/**
 * Gathers records into batches. While other batches are in flight, records gather for longer, and while all slots are
 * taken, until one is free: batches grow with the load, and cost less for each record. The consumer's flow control
 * bounds how many gather.
 *
 * Not `dataloader` or `p-queue`: neither bounds a batch by bytes or lets it grow while all slots are taken.
 */
export function createMicroBatcher(process: ProcessBatch, limits: BatchLimits): MicroBatcher {
  const waiting = new WaitingRecords();
  let inFlight = 0;
  /** Whether the last batch may still put records back: the next would pass them by. */
  let choosing = false;
  let due = false;
  let flushing = false;
  let timer: NodeJS.Timeout | undefined;
  const idle = Promise.withResolvers<void>();

  function pump(): void {
    while (
      waiting.length > 0 &&
      inFlight < limits.maxInFlight &&
      !choosing &&
      (due || flushing || isFull())
    ) {
      start(waiting.take(limits.maxMessages, limits.maxBytes));
    }
    if (waiting.length === 0) {
      clearTimeout(timer);
      timer = undefined;
      due = false;
      if (flushing && inFlight === 0) idle.resolve();
    } else {
      timer ??= setTimeout(onDue, inFlight === 0 ? limits.maxWaitMs : 2 * limits.maxWaitMs);
    }
  }

  function onDue(): void {
    due = true;
    pump();
  }

  function isFull(): boolean {
    return waiting.length >= limits.maxMessages || waiting.bytes >= limits.maxBytes;
  }

  function start(batch: readonly IngressDelivery[]): void {
    inFlight += 1;
    choosing = true;
    let isChoosing = true;
    const chosen = (left: readonly IngressDelivery[]) => {
      if (isChoosing) choosing = false;
      isChoosing = false;
      waiting.putBack(left);
      due ||= left.length > 0;
      pump();
    };
    void process(batch, chosen).finally(() => {
      inFlight -= 1;
      chosen([]);
    });
  }

  return {
    add(delivery) {
      waiting.add(delivery);
      pump();
    },
    waitingOf: (recipient) => waiting.countOf(recipient),
    takeAllOf: (recipient) => waiting.takeAllOf(recipient),
    flush() {
      flushing = true;
      pump();
      return idle.promise;
    },
  };
}
