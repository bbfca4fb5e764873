import type { Place } from "../model.ts";
import { committed, resultOf } from "./open-database.ts";

/** The devices that were switched off, or whose client ended by itself. They stay so after a reload. */
export class SwitchedOff {
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  async has(place: Place): Promise<boolean> {
    const store = this.#database.transaction("offline").objectStore("offline");
    return (await resultOf(store.count(place))) > 0;
  }

  async set(place: Place, off: boolean): Promise<void> {
    const transaction = this.#database.transaction("offline", "readwrite");
    const store = transaction.objectStore("offline");
    if (off) store.put({ place });
    else store.delete(place);
    await committed(transaction);
  }
}
