import type { Message, Place, ReceivedMessage, SentMessage } from "../model.ts";
import { committed, resultOf } from "./open-database.ts";
import { SharedTransactions } from "./shared-transactions.ts";

/** The messages that this page's devices have sent and received, which survive a reload. */
export class Messages {
  readonly #database: IDBDatabase;
  readonly #writes: SharedTransactions;

  constructor(database: IDBDatabase) {
    this.#database = database;
    this.#writes = new SharedTransactions(database);
  }

  /** Resolves once it is durable. Saved again, a message replaces itself. */
  async saveSent(message: SentMessage): Promise<void> {
    await this.#writes.write(message, { replace: true });
  }

  /** @returns once it is durable, whether it is new: one that came before is there already, under its ID */
  saveReceived(message: ReceivedMessage): Promise<boolean> {
    return this.#writes.write(message, { replace: false });
  }

  /** @returns the newest ones, oldest first */
  async latest(place: Place, limit: number): Promise<Message[]> {
    const found: Message[] = [];
    const cursors = this.#index("in order").openCursor(IDBKeyRange.bound([place], [place, []]), "prev");
    for (;;) {
      const cursor = await resultOf(cursors);
      if (cursor === null) return found.reverse();
      found.push(cursor.value as Message);
      if (found.length === limit) return found.reverse();
      cursor.continue();
    }
  }

  count(place: Place, direction: Message["direction"]): Promise<number> {
    return resultOf(this.#index("by direction").count([place, direction]));
  }

  /** @returns what has not been answered, oldest first */
  async unanswered(place: Place): Promise<SentMessage[]> {
    const sending = (await resultOf(this.#index("by state").getAll([place, "sending"]))) as SentMessage[];
    return sending.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  }

  async clear(): Promise<void> {
    const transaction = this.#database.transaction("messages", "readwrite");
    transaction.objectStore("messages").clear();
    await committed(transaction);
  }

  #index(name: "in order" | "by direction" | "by state"): IDBIndex {
    return this.#database.transaction("messages").objectStore("messages").index(name);
  }
}
