import type { UserId } from "@dumbwaiter/core";
import { RecentCache } from "./recent-cache.ts";

const REMEMBERED = 20_000;

/**
 * Something for each user, or for each network, remembered also while it has no connection, for some minutes. The
 * longest unused are forgotten.
 */
export class RecentUsers<T extends object, Key extends string = UserId> {
  readonly #make: (user: Key) => T;
  readonly #byUser = new RecentCache<Key, T>(REMEMBERED);

  constructor(make: (user: Key) => T) {
    this.#make = make;
  }

  of(user: Key): T {
    const known = this.#byUser.get(user);
    if (known) return known;
    const made = this.#make(user);
    this.#byUser.set(user, made);
    return made;
  }
}
