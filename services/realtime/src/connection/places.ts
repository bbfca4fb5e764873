import type { EngineSocket } from "./engine-socket.ts";

/** Counts connections by what they have in common, until they close. */
export class Places<Key> {
  readonly #taken = new Map<Key, number>();

  /** @returns what gives the place back sooner; undefined when `max` connections have it in common already */
  take(key: Key, max: number, connection: EngineSocket): (() => void) | undefined {
    if (this.taken(key) >= max) return undefined;
    this.#add(key, 1);
    let isTaken = true;
    const giveBack = () => {
      if (isTaken) this.#add(key, -1);
      isTaken = false;
    };
    // on() and not once(): the wrapper that once() creates would stay in memory for as long as the connection.
    connection.on("close", giveBack);
    return giveBack;
  }

  taken(key: Key): number {
    return this.#taken.get(key) ?? 0;
  }

  #add(key: Key, change: 1 | -1): void {
    const taken = this.taken(key) + change;
    if (taken > 0) this.#taken.set(key, taken);
    else this.#taken.delete(key);
  }
}
