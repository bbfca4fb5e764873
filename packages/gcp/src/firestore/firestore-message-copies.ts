import type { MessageCopies, MessageCopy, MessageId, QueueId, UserId } from "@dumbwaiter/core";
import type { FirestoreDatabase } from "./firestore-database.ts";
import { messageName } from "./firestore-message-queues.ts";
import { timestampMs } from "./firestore-values.ts";

/** Looks the message up in each queue by its document's name, without its envelope. */
export class FirestoreMessageCopies implements MessageCopies {
  readonly #database: FirestoreDatabase;

  constructor(database: FirestoreDatabase) {
    this.#database = database;
  }

  async find(user: UserId, id: MessageId, queues: readonly QueueId[]): Promise<MessageCopy[]> {
    const names = new Map(queues.map((queue) => [messageName(this.#database, { user, queue }, id), queue]));
    const documents = await this.#database.getFields([...names.keys()], ["storedAt"]);
    return documents.map(({ name, fields }) => ({
      queue: names.get(name ?? "") as QueueId,
      storedAt: Math.floor(timestampMs(fields?.storedAt)),
    }));
  }
}
