import { setTimeout as sleep } from "node:timers/promises";
import { take, tokenBucket, waitMs } from "@dumbwaiter/core";

const MIB = 1024 * 1024;

/** In bytes of envelopes: what most networks carry, and what takes a node a tenth of its time. */
const BUCKET = tokenBucket(4 * MIB, 4 * MIB);

/** How fast one user reads from queues, and sends, over all sockets of a node. */
export class Pace {
  /** More counts as much. */
  static readonly MAX_BYTES = BUCKET.capacity;
  #fullAt: number | undefined;

  /** Resolves when the user may read or send this much, which is counted then: nobody else goes on in between. */
  async take(bytes: number): Promise<void> {
    for (;;) {
      const wait = waitMs(BUCKET, this.#fullAt, performance.now());
      if (wait === 0) break;
      await sleep(wait, undefined, { ref: false });
    }
    this.add(bytes);
  }

  /** It was this much more; less if negative. */
  add(bytes: number): void {
    this.#fullAt = take(BUCKET, this.#fullAt, performance.now(), bytes);
  }
}
