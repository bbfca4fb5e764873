import type { Clock, Cursor, MessageQueues } from "@dumbwaiter/core";
import { asBuffer, ownBytes, type SqliteDatabase } from "./sqlite-database.ts";

export interface SqliteMessageQueuesSettings {
  readonly clock: Clock;
  readonly messageTtlMs: number;
}

/** The queues in the database. A message's place is its row's number, so the clock has no say in the order. */
export function createSqliteMessageQueues(
  database: SqliteDatabase,
  { clock, messageTtlMs }: SqliteMessageQueuesSettings,
): MessageQueues {
  const storedSince = () => clock.now() - messageTtlMs;
  return {
    store: (requests) =>
      database.call("storeMessages", {
        messages: requests.map(({ id, envelope, queues }) => ({ id, envelope: ownBytes(envelope), queues })),
        storedAt: clock.now(),
      }),

    async page({ user, queue }, { limit, maxBytes, after }) {
      const { messages, hasMore, last } = await database.call("pageOfMessages", {
        user,
        queue,
        after: after === undefined ? 0 : Number(after),
        storedSince: storedSince(),
        limit,
        maxBytes,
      });
      return {
        messages: messages.map(({ id, envelope }) => ({ id, envelope: asBuffer(envelope) })),
        hasMore,
        ...(last !== undefined && { cursor: String(last) as Cursor }),
      };
    },

    delete: (address, ids) => database.call("deleteMessages", address, ids),

    async stillQueued(address, ids) {
      return new Set(await database.call("stillQueuedMessages", address, ids, storedSince()));
    },

    async purge(address) {
      while (await database.call("clearQueue", address));
    },
  };
}
