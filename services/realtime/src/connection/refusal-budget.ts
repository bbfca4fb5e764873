import { LocalTokenBucket, tokenBucket } from "@dumbwaiter/core";

/** More than a client that overshoots its limits by mistake has refused before it hears of it. */
const BUDGET = tokenBucket(4_000, 100);

const BYTES_PER_TOKEN = 1024;

/**
 * What one user may send over all sockets of a node that leads to nothing: requests that are refused, and frames that
 * ask for nothing. What is admitted is limited by settings.
 */
export class RefusalBudget {
  readonly #bucket = new LocalTokenBucket(BUDGET);

  /** @returns whether the budget allows it */
  charge(bytes: number): boolean {
    if (this.#bucket.waitMs > 0) return false;
    this.#bucket.take(1 + bytes / BYTES_PER_TOKEN);
    return true;
  }
}
