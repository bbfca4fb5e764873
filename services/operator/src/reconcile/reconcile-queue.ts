import { ApiError } from "@dumbwaiter/kubernetes";
import type { Logger } from "@dumbwaiter/service";
import { NotLeadingError } from "../leadership/leader-election.ts";
import type { OperatorMetrics } from "../metrics.ts";
import { IncompleteError } from "./reconcile-outcome.ts";
import type { Reconciler } from "./reconciler.ts";
import { WorkQueue } from "./work-queue.ts";

interface ReconcileQueueDependencies {
  readonly reconciler: Reconciler;
  readonly metrics: OperatorMetrics;
  readonly logger: Logger;
  readonly concurrency: number;
}

/** Routing services to be reconciled, by key. A failed one is retried with a backoff. */
export class ReconcileQueue {
  readonly #dependencies: ReconcileQueueDependencies;
  readonly #queue: WorkQueue;

  constructor(dependencies: ReconcileQueueDependencies) {
    this.#dependencies = dependencies;
    this.#queue = new WorkQueue({
      concurrency: dependencies.concurrency,
      work: (key) => this.#reconcile(key),
      onFailure: (...failure) => this.#onFailure(...failure),
    });
  }

  add(key: string): void {
    this.#queue.add(key);
    this.#measureDepth();
  }

  resume(): void {
    this.#queue.resume();
  }

  /** Resolves once nothing is under way. */
  pause(): Promise<void> {
    return this.#queue.pause();
  }

  async #reconcile(key: string) {
    const { reconciler, metrics } = this.#dependencies;
    this.#measureDepth();
    const endTimer = metrics.reconcileSeconds.startTimer();
    try {
      return await reconciler.reconcile(key);
    } finally {
      endTimer();
    }
  }

  #onFailure(key: string, err: unknown, failures: number): number | undefined {
    const { metrics, logger } = this.#dependencies;
    if (err instanceof NotLeadingError) {
      // The next leader reconciles every routing service.
      this.#queue.forget(key);
      return undefined;
    }
    metrics.reconciles.inc({ result: "error" });
    metrics.retries.inc();
    logger.warn({ routingService: key, failures, err }, "failed to reconcile; will retry");
    const mayAskToWait = err instanceof ApiError || err instanceof IncompleteError;
    return mayAskToWait && err.retryAfterSeconds !== undefined ? err.retryAfterSeconds * 1000 : undefined;
  }

  #measureDepth(): void {
    this.#dependencies.metrics.queueDepth.set(this.#queue.depth);
  }
}
