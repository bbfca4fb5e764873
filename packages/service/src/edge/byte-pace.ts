import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, type TokenBucket, take, waitMs } from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

/** The least recently seen are forgotten. */
const MAX_USERS = 20_000;

/** Slows each user, or what the keys are otherwise, down to some bytes a second, however many calls they are for. */
export class BytePace<Key extends string> {
  readonly #bucket: TokenBucket;
  readonly #clock: Clock;
  /** When each bucket is full again. */
  readonly #fullAt = new LRUCache<Key, number>({ max: MAX_USERS });

  constructor(bucket: TokenBucket, clock: Clock) {
    this.#bucket = bucket;
    this.#clock = clock;
  }

  /** Counts bytes, and resolves when it is time for them. */
  async wait(key: Key, bytes: number): Promise<void> {
    const delayMs = waitMs(this.#bucket, this.#fullAt.get(key), this.#clock.now());
    this.count(key, bytes);
    if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
  }

  /** Counts bytes, for which what comes next waits. */
  count(key: Key, bytes: number): void {
    this.#fullAt.set(key, take(this.#bucket, this.#fullAt.get(key), this.#clock.now(), bytes));
  }
}
