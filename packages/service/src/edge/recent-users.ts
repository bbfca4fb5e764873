import type { UserId } from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

const REMEMBERED = 20_000;

/** Something for each user, remembered also while the user has no connection. The longest unused are forgotten. */
export class RecentUsers<T extends object> {
  readonly #make: () => T;
  readonly #byUser = new LRUCache<UserId, T>({ max: REMEMBERED });

  constructor(make: () => T) {
    this.#make = make;
  }

  of(user: UserId): T {
    const known = this.#byUser.get(user);
    if (known) return known;
    const made = this.#make();
    this.#byUser.set(user, made);
    return made;
  }
}
