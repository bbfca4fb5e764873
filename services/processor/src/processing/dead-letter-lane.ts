import type { DeadLetterCode, DeadLetters, IngressDelivery } from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import type { Background } from "../background.ts";
import type { ProcessorMetrics } from "../metrics.ts";
import type { Outages } from "../outages.ts";

export interface DeadLetterLane {
  /** Puts the record on the dead-letter topic, beside the batch that it came with, and then acks it. */
  send(delivery: IngressDelivery, code: DeadLetterCode, reason: string): void;
}

interface LaneDependencies {
  readonly deadLetters: DeadLetters;
  readonly background: Background;
  readonly outages: Pick<Outages, "hold">;
  readonly metrics: Pick<ProcessorMetrics, "deadLettered" | "givenBack">;
  readonly logger: Logger;
  /** Aborted once stop() gives back what is left. */
  readonly signal: AbortSignal;
}

export function createDeadLetterLane(dependencies: LaneDependencies): DeadLetterLane {
  const { deadLetters, background, outages, metrics, logger, signal } = dependencies;

  async function put(delivery: IngressDelivery, code: DeadLetterCode, reason: string): Promise<void> {
    const { record } = delivery;
    // Anybody may have published it, so its id may be any text.
    const id = record.attributes.id?.slice(0, 64);
    try {
      await outages.hold("dead_letters", () => deadLetters.put({ record, code, reason }));
    } catch (error) {
      // What stop() ended it gives back itself.
      if (signal.aborted) return;
      metrics.givenBack.inc({ reason: "dead_letter_failed" });
      logger.error({ id, code, err: error }, "dead-lettering failed; record nacked");
      delivery.nack();
      return;
    }
    metrics.deadLettered.inc({ code });
    logger.warn({ id, code, reason }, "record dead-lettered");
    delivery.ack();
  }

  return {
    send: (delivery, code, reason) => background.run(() => put(delivery, code, reason)),
  };
}
