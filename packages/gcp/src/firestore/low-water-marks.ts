import type { Clock } from "@dumbwaiter/core";

/**
 * A message may become readable after others with a later time of storing, but not by so much: a commit that takes
 * longer than its deadline of ten seconds fails.
 */
const LAG_MS = 60_000;

/** However old its messages seem to be, a queue is read as a whole so often: an operator may have imported some. */
const WHOLE_READ_MS = 10 * 60_000;

/** Queues of which a mark is kept, those that were read last: some 10 MiB. */
const MAX_QUEUES = 20_000;

interface Mark {
  /** Nothing that was stored before is in the queue, by Firestore's clock, in milliseconds since the epoch. */
  readonly at: number;
  /** When the queue was last read as a whole, by ours. */
  readonly wholeReadAt: number;
}

/** What a read of a queue, from a mark or as a whole, has shown. */
interface Shown {
  /** When its oldest message was stored, if there was one. */
  readonly oldest: number | undefined;
  /** The moment that it showed, by Firestore's clock. */
  readonly at: number;
}

/**
 * From where this process has to read each queue. A read that begins earlier steps over the index entries of all that
 * was acknowledged since Firestore last compacted them, up to 30 days.
 *
 * A read that began at a safe mark, or at the very beginning, shows all that is in the queue at its moment. What comes
 * later is stored later, but for the lag. So the earlier of the oldest message and the moment less the lag is safe.
 */
export class LowWaterMarks {
  readonly #clock: Clock;
  /** Those that were read last come last. */
  readonly #marks = new Map<string, Mark>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns where a read of the queue may begin, or undefined if it has to be whole */
  of(queue: string): Mark | undefined {
    const mark = this.#marks.get(queue);
    if (mark === undefined) return undefined;
    return Math.abs(this.#clock.now() - mark.wholeReadAt) < WHOLE_READ_MS ? mark : undefined;
  }

  /** @param from what {@link of} returned before the read */
  shown(queue: string, from: Mark | undefined, { oldest, at }: Shown): void {
    // Another read has moved it, perhaps back.
    if (from !== undefined && this.#marks.get(queue) !== from) return;
    const safe = Math.min(oldest ?? Number.POSITIVE_INFINITY, at - LAG_MS);
    this.#marks.delete(queue);
    this.#marks.set(queue, { at: Math.floor(safe), wholeReadAt: from?.wholeReadAt ?? this.#clock.now() });
    for (const firstRead of this.#marks.keys()) {
      if (this.#marks.size <= MAX_QUEUES) return;
      this.#marks.delete(firstRead);
    }
  }
}
