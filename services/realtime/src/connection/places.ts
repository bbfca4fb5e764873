import type { EngineSocket } from "./engine-socket.ts";

/** Counts connections by what they have in common, until they close. */
export class Places<Key> {
  readonly #taken = new Map<Key, number>();
  #total = 0;

  /** Of all keys. */
  get total(): number {
    return this.#total;
  }

  /** @returns false when `max` connections have it in common already */
  take(key: Key, max: number, connection: EngineSocket): boolean {
    const taken = this.#taken.get(key) ?? 0;
    if (taken >= max) return false;
    this.#add(key, 1);
    connection.once("close", () => this.#add(key, -1));
    return true;
  }

  #add(key: Key, change: 1 | -1): void {
    const taken = (this.#taken.get(key) ?? 0) + change;
    if (taken > 0) this.#taken.set(key, taken);
    else this.#taken.delete(key);
    this.#total += change;
  }
}
