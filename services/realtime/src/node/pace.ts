import { setTimeout as sleep } from "node:timers/promises";
import { LocalTokenBucket, type TokenBucket, tokenBucket } from "@dumbwaiter/core";

const MIB = 1024 * 1024;

/** In bytes of envelopes: what most networks carry, and what takes a node a tenth of its time. */
const BYTES = tokenBucket(4 * MIB, 4 * MIB);

/** Of a network that is one of many, of which all together have no more than a user. */
const BYTES_OF_NETWORK = tokenBucket(MIB, MIB);

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
   * @returns whether it was still wanted; if not, nothing is counted
   */
  async take(bytes: number, isWanted = () => true): Promise<boolean> {
    while (isWanted() && this.#bucket.waitMs > 0) await sleep(this.#bucket.waitMs, undefined, { ref: false });
    const wanted = isWanted();
    if (wanted) this.add(bytes);
    return wanted;
  }

  /** It was this much more; less if negative. */
  add(bytes: number): void {
    this.#bucket.take(bytes);
  }
}
