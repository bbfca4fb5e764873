import type { DatabaseSync } from "node:sqlite";
import {
  type MessageId,
  type QueueAddress,
  type QueueId,
  type StoreOutcome,
  tooLargeToStore,
  type UserId,
} from "@dumbwaiter/core";

/** Rows deleted in one operation, few enough that other calls run in between. */
const CLEAR_ROWS = 200;

interface MessageRow {
  readonly id: MessageId;
  readonly envelope: Uint8Array;
}

interface MessagesToStore {
  readonly messages: readonly (MessageRow & { readonly queues: readonly QueueAddress[] })[];
  readonly storedAt: number;
}

interface PageQuery {
  readonly user: UserId;
  readonly queue: QueueId;
  /** Only places after this one. */
  readonly after: number;
  readonly storedSince: number;
  readonly limit: number;
  readonly maxBytes: number;
}

interface PageRows {
  readonly messages: (MessageRow & { readonly storedAt: number })[];
  readonly hasMore: boolean;
  readonly last: number | undefined;
}

export function messageOperations(db: DatabaseSync) {
  const isStored = db.prepare("SELECT 1 FROM message WHERE user = ? AND queue = ? AND id = ?");
  const insertEnvelope = db.prepare("INSERT INTO envelope (bytes) VALUES (?)");
  const insert = db.prepare(
    `INSERT INTO message (user, queue, id, stored_at, envelope) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (user, queue, id) DO NOTHING`,
  );
  const withEnvelope = "FROM message JOIN envelope ON envelope.key = message.envelope";
  const select = db.prepare(
    `SELECT place, id, bytes AS envelope, stored_at AS storedAt ${withEnvelope}
     WHERE user = ? AND queue = ? AND place > ? AND stored_at >= ? ORDER BY place LIMIT ?`,
  );
  const find = db.prepare(
    `SELECT id, bytes AS envelope ${withEnvelope} WHERE user = ? AND queue = ? AND id = ? AND stored_at >= ?`,
  );
  const has = db.prepare("SELECT 1 FROM message WHERE user = ? AND queue = ? AND id = ? AND stored_at >= ?");
  const remove = db.prepare("DELETE FROM message WHERE user = ? AND queue = ? AND id = ?");
  const clear = db.prepare(
    `DELETE FROM message WHERE place IN
     (SELECT place FROM message WHERE user = ? AND queue = ? AND place <= ? ORDER BY place LIMIT ${CLEAR_ROWS})`,
  );
  const expire = db.prepare(
    `DELETE FROM message WHERE place IN (SELECT place FROM message WHERE stored_at < ? LIMIT ${CLEAR_ROWS})`,
  );

  return {
    storeMessages({ messages, storedAt }: MessagesToStore): StoreOutcome[] {
      const inOrderOfId = messages.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      for (const { id, envelope, queues } of inOrderOfId) {
        const missing = queues.filter(({ user, queue }) => !isStored.get(user, queue, id));
        if (missing.length === 0 || tooLargeToStore(envelope)) continue;
        const key = insertEnvelope.run(envelope).lastInsertRowid;
        for (const { user, queue } of missing) insert.run(user, queue, id, storedAt, key);
      }
      return messages.map(({ envelope }) => tooLargeToStore(envelope) ?? "stored");
    },

    pageOfMessages({ user, queue, after, storedSince, limit, maxBytes }: PageQuery): PageRows {
      const page: PageRows["messages"] = [];
      let last: number | undefined;
      let bytes = 0;
      for (const row of select.iterate(user, queue, after, storedSince, limit + 1)) {
        const { place, ...message } = row as unknown as PageRows["messages"][number] & {
          readonly place: number;
        };
        const { envelope } = message;
        bytes += envelope.length;
        if (page.length === limit || (page.length > 0 && bytes > maxBytes)) {
          return { messages: page, hasMore: true, last };
        }
        page.push(message);
        last = place;
      }
      return { messages: page, hasMore: false, last };
    },

    findMessage({ user, queue }: QueueAddress, id: MessageId, storedSince: number): MessageRow | undefined {
      return find.get(user, queue, id, storedSince) as unknown as MessageRow | undefined;
    },

    deleteMessages({ user, queue }: QueueAddress, ids: readonly MessageId[]): void {
      for (const id of ids) remove.run(user, queue, id);
    },

    stillQueuedMessages(
      { user, queue }: QueueAddress,
      ids: readonly MessageId[],
      storedSince: number,
    ): MessageId[] {
      return ids.filter((id) => has.get(user, queue, id, storedSince) !== undefined);
    },

    /** Deletes what has a place up to this one. @returns whether there may be more to delete */
    clearQueue({ user, queue }: QueueAddress, upTo: number): boolean {
      return clear.run(user, queue, upTo).changes === CLEAR_ROWS;
    },

    /** @returns the number of messages deleted; 0 when there are no more */
    clearExpiredMessages(storedBefore: number): number {
      return Number(expire.run(storedBefore).changes);
    },
  };
}
