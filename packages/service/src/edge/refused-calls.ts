import { type Clock, RateLimitedError, take, tokenBucket, type UserId, waitMs } from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

const KIB = 1024;

/** In bytes of bodies: what a refused call costs is mostly the reading of its body. */
const REFUSED = tokenBucket(8 * KIB * KIB, KIB * KIB);
const LEAST_BYTES = 4 * KIB;

/** The least recently refused are forgotten. */
const MAX_USERS = 20_000;

/** Refuses the calls of a user of whom many were refused, before their bodies are read. */
export class RefusedCalls {
  /** When the bucket of each user is full again. */
  readonly #fullAt = new LRUCache<UserId, number>({ max: MAX_USERS });

  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws RateLimitedError */
  admit(user: UserId): void {
    const retryAfterMs = waitMs(REFUSED, this.#fullAt.get(user), this.#clock.now());
    if (retryAfterMs > 0) throw new RateLimitedError(retryAfterMs);
  }

  /** Counts a call that was refused after it was admitted. */
  count(user: UserId, bodyBytes: number): void {
    const bytes = Math.max(bodyBytes, LEAST_BYTES);
    this.#fullAt.set(user, take(REFUSED, this.#fullAt.get(user), this.#clock.now(), bytes));
  }
}
