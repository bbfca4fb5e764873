import { setTimeout as sleep } from "node:timers/promises";
import { LocalTokenBucket, type TokenBucket, tokenBucket } from "@dumbwaiter/core";

const MIB = 1024 * 1024;

/** In bytes of envelopes: what most networks carry, and what takes a node a tenth of its time. */
const BYTES = tokenBucket(4 * MIB, 4 * MIB);

/** Of a network that is one of many, of which all together have no more than a user. */
const BYTES_OF_NETWORK = tokenBucket(MIB, MIB);

/** How often a waiter looks whether its client has gone. */
const LOOK_MS = 250;

/** How fast one user reads from queues, and sends, over all sockets of a node; or anonymous senders send. */
export class Pace {
  /** More counts as much. */
  static readonly MAX_BYTES = BYTES.capacity;
  readonly #bucket: LocalTokenBucket;

  constructor(bytes: TokenBucket = BYTES) {
    this.#bucket = new LocalTokenBucket(bytes);
  }

  static ofNetwork(): Pace {
    return new Pace(BYTES_OF_NETWORK);
  }

  /**
   * Resolves when the user may read or send this much, which is counted then: nobody else goes on in between.
   *
   * @param isGone whether the waiter has left
   * @returns false if the waiter has left: nothing is counted then
   */
  async take(bytes: number, isGone = () => false): Promise<boolean> {
    for (;;) {
      if (isGone()) return false;
      const { waitMs } = this.#bucket;
      if (waitMs === 0) break;
      await sleep(Math.min(waitMs, LOOK_MS), undefined, { ref: false });
    }
    this.add(bytes);
    return true;
  }

  /** It was this much more; less if negative. */
  add(bytes: number): void {
    this.#bucket.take(bytes);
  }
}
