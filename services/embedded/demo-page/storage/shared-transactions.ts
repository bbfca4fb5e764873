import type { Message } from "../model.ts";
import { committed } from "./open-database.ts";

interface Write {
  readonly message: Message;
  /** Whether a message that is there is replaced. */
  readonly replace: boolean;
  /** @param written whether it was */
  resolve(written: boolean): void;
  reject(error: unknown): void;
}

/** Writes in order; what is asked for during a transaction shares the next one, for each waits for the disk. */
export class SharedTransactions {
  readonly #database: IDBDatabase;
  #waiting: Write[] = [];
  #isWriting = false;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  /** @returns once it is durable, whether it was written */
  write(message: Message, { replace }: { readonly replace: boolean }): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.#waiting.push({ message, replace, resolve, reject });
    if (!this.#isWriting) void this.#writeAll();
    return promise;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const writes = this.#waiting;
      this.#waiting = [];
      await this.#commit(writes).catch((error) => {
        for (const { reject } of writes) reject(error);
      });
    }
    this.#isWriting = false;
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    const transaction = this.#database.transaction("messages", "readwrite", { durability: "strict" });
    const store = transaction.objectStore("messages");
    const present = new Set<Write>();
    for (const write of writes) {
      if (write.replace) {
        store.put(write.message);
        continue;
      }
      store.add(write.message).onerror = (event) => {
        event.preventDefault(); // or it would abort the others
        event.stopPropagation();
        present.add(write);
      };
    }
    await committed(transaction);
    for (const write of writes) write.resolve(!present.has(write));
  }
}
