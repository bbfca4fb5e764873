import type {
  Clock,
  Cursor,
  MessageId,
  MessagePage,
  MessageQueues,
  PageRequest,
  QueueAddress,
  StoredMessage,
  StoreOutcome,
  StoreRequest,
} from "@dumbwaiter/core";
import { Coalescer } from "../coalescer.ts";
import {
  type Document,
  type FirestoreDatabase,
  MAX_WRITES,
  type StructuredQuery,
} from "./firestore-database.ts";
import { storeMessages } from "./firestore-store-messages.ts";
import { userName } from "./firestore-user-records.ts";
import { bytesOf, idOf, timestamp, timestampMs } from "./firestore-values.ts";

const COLLECTION = "messages";

/**
 * Queues as `users/{u:<id>}/queues/{queue}/messages/{id}` with `envelope` (bytes), `storedAt` (the server's time of
 * the commit) and `expireAt`. A redelivered message overwrites itself. Order and cursor are `storedAt`, then the id.
 */
export class FirestoreMessageQueues implements MessageQueues {
  readonly #database: FirestoreDatabase;
  readonly #clock: Clock;
  readonly #messageTtlMs: number;
  readonly #deletes: Coalescer<readonly string[]>;

  constructor(database: FirestoreDatabase, clock: Clock, messageTtlMs: number) {
    this.#database = database;
    this.#clock = clock;
    this.#messageTtlMs = messageTtlMs;
    this.#deletes = new Coalescer(
      { maxItems: MAX_WRITES, maxSize: MAX_WRITES, maxInFlight: 4, failWaiting: true },
      (names) => names.length,
      (calls) => database.commit(calls.flat().map((name) => ({ delete: name }))),
    );
  }

  store(requests: readonly StoreRequest[]): Promise<StoreOutcome[]> {
    const expireAt = timestamp(this.#clock.now() + this.#messageTtlMs);
    const nameOf = (address: QueueAddress, id: MessageId) => this.#nameOf(address, id);
    return storeMessages(this.#database, requests, nameOf, expireAt);
  }

  async page(address: QueueAddress, { limit, maxBytes, after }: PageRequest): Promise<MessagePage> {
    const query = {
      from: [{ collectionId: COLLECTION }],
      where: this.#unexpired(),
      orderBy: [{ field: { fieldPath: "storedAt" } }, { field: { fieldPath: "__name__" } }],
      limit: { value: limit + 1 },
      ...(after === undefined ? {} : { startAt: this.#placeAfter(address, after) }),
    };
    let messages: StoredMessage[] = [];
    let hasMore = false;
    let last: Document | undefined;
    await this.#database.query(this.#queueName(address), query, () => {
      let bytes = 0;
      messages = [];
      hasMore = false;
      last = undefined;
      return (document) => {
        const envelope = bytesOf(document, "envelope");
        bytes += envelope.length;
        hasMore = messages.length === limit || (bytes > maxBytes && messages.length > 0);
        if (hasMore) return false;
        messages.push({ id: idOf(document) as MessageId, envelope });
        last = document;
        return true;
      };
    });
    return last === undefined ? { messages, hasMore } : { messages, hasMore, cursor: cursorAt(last) };
  }

  async delete(address: QueueAddress, ids: readonly MessageId[]): Promise<void> {
    const names = ids.map((id) => this.#nameOf(address, id));
    const calls: Promise<void>[] = [];
    for (let start = 0; start < names.length; start += MAX_WRITES) {
      calls.push(this.#deletes.add(names.slice(start, start + MAX_WRITES)));
    }
    await Promise.all(calls);
  }

  async stillQueued(address: QueueAddress, ids: readonly MessageId[]): Promise<Set<MessageId>> {
    const names = ids.map((id) => this.#nameOf(address, id));
    const found = await this.#database.getFields(names, ["storedAt"]);
    const oldest = this.#oldest();
    const unexpired = found.filter(({ fields }) => timestampMs(fields?.storedAt) >= oldest);
    return new Set(unexpired.map((document) => idOf(document) as MessageId));
  }

  async purge(address: QueueAddress): Promise<void> {
    let after: string | undefined;
    for (let full = true; full; ) {
      const names: string[] = [];
      await this.#database.query(this.#queueName(address), namesAfter(after), () => {
        names.length = 0;
        return ({ name }) => names.push(name ?? "") > 0;
      });
      if (names.length > 0) await this.#deletes.add(names);
      after = names.at(-1);
      full = names.length === MAX_WRITES;
    }
  }

  #queueName({ user, queue }: QueueAddress): string {
    return `${userName(this.#database, user)}/queues/${queue}`;
  }

  #nameOf(address: QueueAddress, id: MessageId): string {
    return `${this.#queueName(address)}/${COLLECTION}/${id}`;
  }

  #oldest(): number {
    return this.#clock.now() - this.#messageTtlMs;
  }

  /** Also saves reading expired messages that Firestore's TTL policy has yet to delete. */
  #unexpired() {
    const field = { fieldPath: "storedAt" };
    const value = { timestampValue: timestamp(this.#oldest()) };
    return { fieldFilter: { field, op: "GREATER_THAN_OR_EQUAL" as const, value } };
  }

  #placeAfter(address: QueueAddress, cursor: Cursor) {
    const [seconds = "0", nanos, id] = cursor.split("/");
    return {
      values: [
        { timestampValue: { seconds, nanos: Number(nanos) } },
        { referenceValue: this.#nameOf(address, id as MessageId) },
      ],
      before: false,
    };
  }
}

/** Contains all that the order depends on, so that it outlives its document. */
function cursorAt(document: Document): Cursor {
  const { seconds, nanos } = document.fields?.storedAt?.timestampValue ?? {};
  return `${seconds ?? 0}/${nanos ?? 0}/${idOf(document)}` as Cursor;
}

function namesAfter(name: string | undefined): StructuredQuery {
  const byName = { fieldPath: "__name__" };
  return {
    from: [{ collectionId: COLLECTION }],
    select: { fields: [byName] },
    orderBy: [{ field: byName }],
    limit: { value: MAX_WRITES },
    ...(name === undefined ? {} : { startAt: { values: [{ referenceValue: name }], before: false } }),
  };
}
