import type { MessageId, QueueAddress } from "@dumbwaiter/core";
import type { RealtimeContext } from "../context.ts";
import type { Window } from "./window.ts";

/** Sampled besides the oldest: if half of the window is gone, the chance that none of these is gone is one in eight. */
const OTHERS = 3;

type ProbeContext = Pick<RealtimeContext, "queues" | "timings">;

/** The session whose window waits for room. */
export interface ProbedSession {
  readonly queue: QueueAddress;
  readonly window: Window;
  /** These messages are no longer queued: they were acked elsewhere, or have expired. */
  acked(ids: readonly MessageId[]): void;
}

/**
 * Finds acks made over HTTP or another node while a socket waits for room in its window: checks whether a few
 * messages are still queued, at growing intervals, and all of them once one is gone.
 */
export class AckProbe {
  readonly #context: ProbeContext;
  readonly #session: ProbedSession;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: ProbeContext, session: ProbedSession) {
    this.#context = context;
    this.#session = session;
  }

  start(): void {
    if (this.#timer === undefined) this.#schedule(this.#context.timings.ackProbeMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(delayMs: number): void {
    const timer = setTimeout(async () => {
      const found = await this.#check().catch(() => false);
      if (this.#timer !== timer) return;
      const { ackProbeMs, ackProbeMaxMs } = this.#context.timings;
      this.#schedule(found ? ackProbeMs : Math.min(2 * delayMs, ackProbeMaxMs));
    }, delayMs);
    this.#timer = timer.unref();
  }

  /** @returns whether messages were gone */
  async #check(): Promise<boolean> {
    const { window } = this.#session;
    if ((await this.#goneOf(window.sample(OTHERS))).length === 0) return false;
    this.#session.acked(await this.#goneOf(window.ids()));
    return true;
  }

  async #goneOf(ids: readonly MessageId[]): Promise<MessageId[]> {
    if (ids.length === 0) return [];
    const queued = await this.#context.queues.stillQueued(this.#session.queue, ids);
    return ids.filter((id) => !queued.has(id));
  }
}
