import { type Charge, type Clock, type Refusal, settle, type TokenBuckets } from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

/** The least recently used are forgotten, which fills them. */
const MAX_BUCKETS = 200_000;

/** Buckets of a single process, in bounded memory. A restart fills all of them. */
export class InMemoryTokenBuckets implements TokenBuckets {
  readonly #clock: Clock;
  /** When each bucket is full again. */
  readonly #fullAt = new LRUCache<string, number>({ max: MAX_BUCKETS });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async take(groups: readonly (readonly Charge[])[]): Promise<Refusal | undefined> {
    const { refusal, changes } = settle(groups.flat(), (key) => this.#fullAt.get(key), this.#clock.now());
    for (const [key, fullAt] of changes) this.#fullAt.set(key, fullAt);
    return refusal;
  }
}
