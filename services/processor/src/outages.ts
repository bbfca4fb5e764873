import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs, UnavailableError } from "@dumbwaiter/core";
import { type Logger, OutageLog } from "@dumbwaiter/service";
import type { ProcessorMetrics, Stage } from "./metrics.ts";

export interface Outages {
  /** One more caller meets the outage; the first one is logged and sets the gauge. */
  begin(stage: Stage, error: unknown): void;
  /** One caller fewer; the last one is logged and clears the gauge. */
  end(stage: Stage): void;
  /**
   * Retries the operation with backoff for as long as it throws UnavailableError. Records that wait here keep their
   * lease and use up no delivery attempt.
   *
   * @throws any other error of the operation, and the signal's reason once it is aborted
   */
  hold<Result>(stage: Stage, operation: () => Promise<Result>): Promise<Result>;
}

interface OutageDependencies {
  readonly logger: Logger;
  readonly metrics: Pick<ProcessorMetrics, "outage">;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/** Well below the 30 s within which everything must flow again after an outage. */
const BACKOFF = { firstMs: 100, maxMs: 2_000 };

export function createOutages({ logger, metrics, signal }: OutageDependencies): Outages {
  const waiting = new Map<Stage, number>();
  const log = new OutageLog(logger);

  function count(stage: Stage, change: number): number {
    const now = (waiting.get(stage) ?? 0) + change;
    waiting.set(stage, now);
    metrics.outage.set({ stage }, now > 0 ? 1 : 0);
    return now;
  }

  function begin(stage: Stage, error: unknown): void {
    if (count(stage, 1) > 1) return;
    log.begin(stage, { stage }, error, "dependency unavailable; retrying");
  }

  function end(stage: Stage): void {
    if (count(stage, -1) === 0 && !signal.aborted) log.end(stage);
  }

  async function hold<Result>(stage: Stage, operation: () => Promise<Result>): Promise<Result> {
    let met = false;
    try {
      for (let failures = 0; ; failures += 1) {
        signal.throwIfAborted();
        try {
          return await operation();
        } catch (error) {
          if (!(error instanceof UnavailableError)) throw error;
          if (!met) begin(stage, error);
          met = true;
        }
        await sleep(backoffMs(BACKOFF, failures), undefined, { signal });
      }
    } finally {
      if (met) end(stage);
    }
  }

  return { begin, end, hold };
}
