const REMEMBERED = 10_000;

/** Something for each user, remembered also while the user has no socket. The longest unused are forgotten. */
export class RecentUsers<T> {
  readonly #make: () => T;
  readonly #byUser = new Map<string, T>();

  constructor(make: () => T) {
    this.#make = make;
  }

  of(user: string): T {
    const found = this.#byUser.get(user) ?? this.#make();
    this.#byUser.delete(user);
    this.#byUser.set(user, found);
    const [oldest] = this.#byUser.keys();
    if (oldest !== undefined && this.#byUser.size > REMEMBERED) this.#byUser.delete(oldest);
    return found;
  }
}
