import {
  type DeadLetterCode,
  type DeadLetters,
  type IngressDelivery,
  parseAcceptedId,
} from "@dumbwaiter/core";
import type { Logger, MessageSteps } from "@dumbwaiter/service";
import type PQueue from "p-queue";
import type { ProcessorMetrics } from "../metrics.ts";
import type { Outages } from "../outages.ts";

export interface DeadLetterPublisher {
  /** Puts the record on the dead-letter topic, without delaying its batch, and then acks it. */
  send(delivery: IngressDelivery, code: DeadLetterCode, reason: string): void;
}

interface PublisherDependencies {
  readonly deadLetters: DeadLetters;
  readonly background: Pick<PQueue, "add">;
  readonly outages: Pick<Outages, "hold">;
  readonly metrics: Pick<ProcessorMetrics, "deadLettered" | "nacked">;
  readonly steps: MessageSteps;
  readonly logger: Logger;
  /** Aborted when stop() nacks what is left. */
  readonly signal: AbortSignal;
}

export function createDeadLetterPublisher(dependencies: PublisherDependencies): DeadLetterPublisher {
  const { deadLetters, background, outages, metrics, steps, logger, signal } = dependencies;

  async function put(delivery: IngressDelivery, code: DeadLetterCode, reason: string): Promise<void> {
    const { record } = delivery;
    // The record may come from any publisher, so its id may be any text.
    const id = record.attributes.id?.slice(0, 64);
    try {
      await outages.hold("dead_letters", () => deadLetters.put({ record, code, reason }));
    } catch (error) {
      // stop() nacks the record itself.
      if (signal.aborted) return;
      metrics.nacked.inc({ reason: "dead_letter_failed" });
      logger.error({ id, code, err: error }, "failed to dead-letter a record; record nacked");
      delivery.nack();
      return;
    }
    metrics.deadLettered.inc({ code });
    logger.warn({ id, code, reason }, "record dead-lettered");
    const messageId = parseAcceptedId(id ?? "");
    if (messageId !== undefined) steps.took("process", messageId, { error: code });
    delivery.ack();
  }

  return {
    send: (delivery, code, reason) => void background.add(() => put(delivery, code, reason)),
  };
}
