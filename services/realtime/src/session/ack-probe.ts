import type { MessageId, MessageQueues, QueueAddress } from "@dumbwaiter/core";
import type { RealtimeTimings } from "../timings.ts";
import type { Window } from "./window.ts";

/** Sampled besides the oldest: if half of the window is gone, the chance that none of these is gone is one in eight. */
const OTHERS = 3;

interface AckProbeOptions {
  readonly queue: QueueAddress;
  readonly queues: MessageQueues;
  readonly window: Window;
  readonly timings: RealtimeTimings;
  /** These messages are no longer queued: they were acked elsewhere, or have expired. */
  gone(ids: readonly MessageId[]): void;
}

/**
 * Finds acks made over HTTP or another node while a socket waits for room in its window: checks whether a few
 * messages are still queued, at growing intervals, and all of them once one is gone.
 */
export class AckProbe {
  readonly #options: AckProbeOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AckProbeOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#timer === undefined) this.#schedule(this.#options.timings.ackProbeMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(delayMs: number): void {
    const timer = setTimeout(async () => {
      const found = await this.#check().catch(() => false);
      if (this.#timer !== timer) return;
      const { ackProbeMs, ackProbeMaxMs } = this.#options.timings;
      this.#schedule(found ? ackProbeMs : Math.min(2 * delayMs, ackProbeMaxMs));
    }, delayMs);
    this.#timer = timer.unref();
  }

  /** @returns whether messages were gone */
  async #check(): Promise<boolean> {
    const { window, gone } = this.#options;
    if ((await this.#goneOf(window.sample(OTHERS))).length === 0) return false;
    gone(await this.#goneOf(window.ids()));
    return true;
  }

  async #goneOf(ids: readonly MessageId[]): Promise<MessageId[]> {
    if (ids.length === 0) return [];
    const { queue, queues } = this.#options;
    const queued = await queues.stillQueued(queue, ids);
    return ids.filter((id) => !queued.has(id));
  }
}
