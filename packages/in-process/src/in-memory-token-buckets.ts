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
    const charges = groups.flat();
    const states = charges.map(({ key }) => this.#fullAt.get(key));
    const { refusal, changes } = settle(charges, states, this.#clock.now());
    charges.forEach(({ key }, index) => {
      const fullAt = changes[index];
      if (fullAt !== undefined) this.#fullAt.set(key, fullAt);
    });
    return refusal;
  }
}
