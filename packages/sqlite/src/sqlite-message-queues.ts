import type {
  Clock,
  Cursor,
  MessageId,
  MessagePage,
  MessageQueues,
  PageRequest,
  QueueAddress,
  StoredMessage,
  StoreMoment,
  StoreOutcome,
  StoreRequest,
} from "@dumbwaiter/core";
import { asBuffer, ownBytes, type SqliteDatabase } from "./sqlite-database.ts";

/** The queues in the database. A message's place is its row number, so the order does not depend on the clock. */
export class SqliteMessageQueues implements MessageQueues {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;
  readonly #messageTtlMs: number;

  constructor(database: SqliteDatabase, clock: Clock, messageTtlMs: number) {
    this.#database = database;
    this.#clock = clock;
    this.#messageTtlMs = messageTtlMs;
  }

  store(requests: readonly StoreRequest[]): Promise<StoreOutcome[]> {
    const messages = requests.map(({ id, envelope, queues }) => ({
      id,
      envelope: ownBytes(envelope),
      queues,
    }));
    return this.#database.call("storeMessages", { messages, storedAt: this.#clock.now() });
  }

  async page({ user, queue }: QueueAddress, { limit, maxBytes, after }: PageRequest): Promise<MessagePage> {
    const { messages, hasMore, last } = await this.#database.call("pageOfMessages", {
      user,
      queue,
      after: after === undefined ? 0 : Number(after),
      storedSince: this.#storedSince(),
      limit,
      maxBytes,
    });
    return {
      messages: messages.map(({ id, envelope, storedAt }) => ({
        id,
        envelope: asBuffer(envelope),
        storedAt,
      })),
      hasMore,
      ...(last !== undefined && { cursor: String(last) as Cursor }),
    };
  }

  async find(address: QueueAddress, id: MessageId): Promise<StoredMessage | undefined> {
    const found = await this.#database.call("findMessage", address, id, this.#storedSince());
    return found && { id, envelope: asBuffer(found.envelope) };
  }

  delete(address: QueueAddress, ids: readonly MessageId[]): Promise<void> {
    return this.#database.call("deleteMessages", address, ids);
  }

  async stillQueued(address: QueueAddress, ids: readonly MessageId[]): Promise<Set<MessageId>> {
    return new Set(await this.#database.call("stillQueuedMessages", address, ids, this.#storedSince()));
  }

  async purge(address: QueueAddress, before?: StoreMoment): Promise<void> {
    const upTo = before === undefined ? Number.MAX_SAFE_INTEGER : Number(before);
    while (await this.#database.call("clearQueue", address, upTo));
  }

  #storedSince(): number {
    return this.#clock.now() - this.#messageTtlMs;
  }
}
