import type { Clock, IngressDelivery } from "@dumbwaiter/core";
import type { Logger, MessageSteps } from "@dumbwaiter/service";
import { checkRecords, type Item, isExpired, rememberItems } from "../intake/check-records.ts";
import type { ProcessBatch } from "../intake/micro-batcher.ts";
import type { ProcessorMetrics } from "../metrics.ts";
import type { DeadLetterPublisher } from "./dead-letter-publisher.ts";
import type { ProcessItems, PutBackItems } from "./process-items.ts";

interface BatchDependencies {
  readonly processItems: ProcessItems;
  readonly deadLetters: DeadLetterPublisher;
  readonly clock: Clock;
  readonly metrics: ProcessorMetrics;
  readonly steps: MessageSteps;
  readonly logger: Logger;
  /** Aborted when stop() nacks what is left. */
  readonly signal: AbortSignal;
}

/** Processes one batch. It never rejects: a failing message does not affect the others. */
export function createProcessBatch(dependencies: BatchDependencies, maxEnvelopeBytes: number): ProcessBatch {
  const { processItems, deadLetters, clock, metrics, steps, logger, signal } = dependencies;

  function nack(deliveries: readonly IngressDelivery[], error: unknown): void {
    for (const delivery of deliveries) {
      const { record, attempt } = delivery;
      metrics.nacked.inc({ reason: "unexpected_error" });
      logger.error(
        { id: record.attributes.id?.slice(0, 64), attempt, err: error },
        "failed to process a record; record nacked",
      );
      delivery.nack();
    }
  }

  /** Halves a failed batch until the offender is alone; its attempts count towards the last-resort dead letter. */
  async function processOrSplit(all: readonly Item[], putBack: PutBackItems): Promise<void> {
    let items = all;
    const [first] = items;
    if (first === undefined) return;
    try {
      await processItems(items, (left) => {
        items = items.slice(0, items.length - left.length);
        putBack(left);
      });
    } catch (error) {
      if (signal.aborted) return;
      if (items.length === 1) return nack(first.deliveries, error);
      const middle = items.length >> 1;
      await processOrSplit(items.slice(0, middle), putBack);
      await processOrSplit(items.slice(middle), putBack);
    }
  }

  return async (batch, chosen) => {
    if (signal.aborted) return;
    const { items, poison, failed } = checkRecords(batch, maxEnvelopeBytes);
    for (const { delivery, error } of poison) deadLetters.send(delivery, error.code, error.message);
    for (const { delivery, error } of failed) nack([delivery], error);
    const [expired, fresh] = partition(items, ({ message }) => isExpired(message, clock));
    metrics.ephemeralExpired.inc(expired.length);
    for (const { message, deliveries } of expired) {
      for (const delivery of deliveries) delivery.ack();
      steps.took("process", message.id, { error: "expired" });
    }
    let records = batch.length;
    await processOrSplit(fresh, (left) => {
      rememberItems(left);
      const deliveries = left.flatMap((item) => item.deliveries);
      records -= deliveries.length;
      chosen(deliveries);
    });
    metrics.batchMessages.observe(records);
  };
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}
