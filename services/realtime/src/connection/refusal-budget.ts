import { LocalTokenBucket, type TokenBucket, tokenBucket } from "@dumbwaiter/core";

/** More than a client that overshoots its limits by mistake has refused before it hears of it. */
const OF_USER = tokenBucket(4_000, 100);

/** Each anonymous socket has one: of those who share a network, none is to suffer for another. */
const OF_ANONYMOUS_SOCKET = tokenBucket(200, 5);

const BYTES_PER_TOKEN = 1024;

/**
 * What one user may send over all sockets of a node that leads to nothing: requests that are refused, and frames that
 * ask for nothing. What is admitted is limited by settings.
 */
export class RefusalBudget {
  readonly #bucket: LocalTokenBucket;

  private constructor(budget: TokenBucket) {
    this.#bucket = new LocalTokenBucket(budget);
  }

  static ofUser(): RefusalBudget {
    return new RefusalBudget(OF_USER);
  }

  static ofAnonymousSocket(): RefusalBudget {
    return new RefusalBudget(OF_ANONYMOUS_SOCKET);
  }

  /** @returns whether the budget allows it */
  charge(bytes: number): boolean {
    if (this.#bucket.waitMs > 0) return false;
    this.#bucket.take(1 + bytes / BYTES_PER_TOKEN);
    return true;
  }
}
