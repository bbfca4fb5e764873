import { setTimeout as sleep } from "node:timers/promises";
import { LocalTokenBucket, tokenBucket } from "@dumbwaiter/core";

const MIB = 1024 * 1024;

/** In bytes of envelopes: what most networks carry, and what takes a node a tenth of its time. */
const BYTES = tokenBucket(4 * MIB, 4 * MIB);

/** How fast one user reads from queues, and sends, over all sockets of a node. */
export class Pace {
  /** More counts as much. */
  static readonly MAX_BYTES = BYTES.capacity;
  readonly #bucket = new LocalTokenBucket(BYTES);

  /** Resolves when the user may read or send this much, which is counted then: nobody else goes on in between. */
  async take(bytes: number): Promise<void> {
    while (this.#bucket.waitMs > 0) await sleep(this.#bucket.waitMs, undefined, { ref: false });
    this.add(bytes);
  }

  /** It was this much more; less if negative. */
  add(bytes: number): void {
    this.#bucket.take(bytes);
  }
}
