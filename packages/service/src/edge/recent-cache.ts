import { LRUCache } from "lru-cache";

/** Since it was set or got. Longer than any bucket takes to be full again. */
const REMEMBERED_MS = 5 * 60_000;

/** Names leave memory with the first look after that, also while nobody calls. */
const LOOK_MS = 60_000;

/** Otherwise the cache would set a timer in each millisecond with a call. */
const RESOLUTION_MS = 1_000;

/** Keeps what was used lately: at most `max`, of which the longest unused go, and none that is unused for minutes. */
export class RecentCache<Key extends string, Value extends object> {
  readonly #entries: LRUCache<Key, Value>;
  #look: NodeJS.Timeout | undefined;

  constructor(max: number) {
    this.#entries = new LRUCache({
      max,
      ttl: REMEMBERED_MS,
      ttlResolution: RESOLUTION_MS,
      updateAgeOnGet: true,
      // By its own, the cache would go on with the clock that there was when it was loaded.
      perf: { now: () => performance.now() },
    });
  }

  /** How many are in memory. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: Key, value: Value): void {
    this.#entries.set(key, value);
    this.#look ??= setInterval(() => this.#forget(), LOOK_MS).unref();
  }

  #forget(): void {
    this.#entries.purgeStale();
    if (this.#entries.size > 0) return;
    clearInterval(this.#look);
    this.#look = undefined;
  }
}
