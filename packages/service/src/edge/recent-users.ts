import type { UserId } from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

const REMEMBERED = 20_000;

/** Since it was asked for. Each bucket that is kept here is full again within a minute. */
const REMEMBERED_MS = 5 * 60_000;

/** Names leave memory with the first look after that, also while nobody calls. */
const LOOK_MS = 60_000;

/** Otherwise the cache would set a timer in each millisecond with a call. */
const RESOLUTION_MS = 1_000;

/**
 * Something for each user, or for each network, remembered also while it has no connection, but not for long. The
 * longest unused are forgotten.
 */
export class RecentUsers<T extends object, Key extends string = UserId> {
  readonly #make: (user: Key) => T;
  readonly #byUser = new LRUCache<Key, T>({
    max: REMEMBERED,
    ttl: REMEMBERED_MS,
    ttlResolution: RESOLUTION_MS,
    updateAgeOnGet: true,
    // By its own, the cache would go on with the clock that there was when it was loaded.
    perf: { now: () => performance.now() },
  });
  #look: NodeJS.Timeout | undefined;

  constructor(make: (user: Key) => T) {
    this.#make = make;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#byUser.size;
  }

  of(user: Key): T {
    const known = this.#byUser.get(user);
    if (known) return known;
    const made = this.#make(user);
    this.#byUser.set(user, made);
    this.#look ??= setInterval(() => this.#forget(), LOOK_MS).unref();
    return made;
  }

  #forget(): void {
    this.#byUser.purgeStale();
    if (this.#byUser.size > 0) return;
    clearInterval(this.#look);
    this.#look = undefined;
  }
}
