import type { ServerResponse } from "node:http";
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

  /** How long the next bytes have to wait. */
  delayMs(key: Key): number {
    return waitMs(this.#bucket, this.#fullAt.get(key), this.#clock.now());
  }

  /** Counts bytes, for which those that come next wait. */
  count(key: Key, bytes: number): void {
    this.#fullAt.set(key, take(this.#bucket, this.#fullAt.get(key), this.#clock.now(), bytes));
  }
}

/** Resolves after this time, or once the client has gone. */
export async function pause(response: ServerResponse, ms: number): Promise<void> {
  if (ms <= 0 || response.closed) return;
  await new Promise<void>((resolve) => {
    function done() {
      clearTimeout(timer);
      response.off("close", done);
      resolve();
    }
    const timer = setTimeout(done, ms);
    response.on("close", done);
  });
}
