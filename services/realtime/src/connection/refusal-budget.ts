import { type TokenBucket, take, tokenBucket, waitMs } from "@dumbwaiter/core";

/** More than a client that overshoots its limits by mistake has refused before it hears of it. */
const BUDGET: TokenBucket = tokenBucket(4_000, 100);

const BYTES_PER_TOKEN = 1024;

/**
 * What one user may send over all sockets of a node that leads to nothing: requests that are refused, and frames that
 * ask for nothing. What is admitted is limited by settings.
 */
export class RefusalBudget {
  #fullAt: number | undefined;

  /** @returns whether the budget allows it */
  charge(bytes: number): boolean {
    const now = performance.now();
    if (waitMs(BUDGET, this.#fullAt, now) > 0) return false;
    this.#fullAt = take(BUDGET, this.#fullAt, now, 1 + bytes / BYTES_PER_TOKEN);
    return true;
  }
}
