import {
  type Clock,
  type Cursor,
  type MessageId,
  type MessagePage,
  type MessageQueues,
  type PageRequest,
  type QueueAddress,
  type QueuedMessage,
  type StoredMessage,
  type StoreMoment,
  type StoreOutcome,
  type StoreRequest,
  UnavailableError,
} from "@dumbwaiter/core";
import { Coalescer } from "../coalescer.ts";
import { GREATER_THAN_OR_EQUAL, LESS_THAN } from "./firestore-client.ts";
import { type Document, type FirestoreDatabase, MAX_WRITES, type Write } from "./firestore-database.ts";
import { storeMessages } from "./firestore-store-messages.ts";
import { userName } from "./firestore-user-records.ts";
import { bytesOf, idOf, momentOf, timestamp, timestampMs } from "./firestore-values.ts";
import { LowWaterMarks } from "./low-water-marks.ts";
import { PartlyWrittenError } from "./partial-writes.ts";

/**
 * Clients acknowledge single messages, or a few at a time. A lone deletion begins at once; those that follow wait for up
 * to 50 ms, and so do the answers to their acknowledgements.
 */
const DELETES = {
  maxItems: MAX_WRITES,
  maxSize: MAX_WRITES,
  maxInFlight: 4,
  pace: { everyMs: 50, minItems: 100 },
};

const STORED_AT = { fieldPath: "storedAt" };

/**
 * Queues as `users/{u:<id>}/queues/{queue}/messages/{id}` with `envelope` (bytes), `storedAt` (the server's time of
 * the commit) and `expireAt`. A message that is stored again keeps all of them. Order and cursor are `storedAt`, then
 * the id.
 */
export class FirestoreMessageQueues implements MessageQueues {
  readonly #database: FirestoreDatabase;
  readonly #clock: Clock;
  readonly #messageTtlMs: number;
  readonly #deletes: Coalescer<readonly string[]>;
  readonly #marks: LowWaterMarks;

  constructor(database: FirestoreDatabase, clock: Clock, messageTtlMs: number) {
    this.#database = database;
    this.#clock = clock;
    this.#messageTtlMs = messageTtlMs;
    this.#deletes = new Coalescer(
      { ...DELETES, maxWaitMs: database.maxWaitMs },
      (names) => names.length,
      // A BatchWrite takes one write to a document.
      (calls) => database.writeEach([...new Set(calls.flat())].map((name) => ({ delete: name }))),
    );
    this.#marks = new LowWaterMarks(clock);
  }

  store(requests: readonly StoreRequest[]): Promise<StoreOutcome[]> {
    const expireAt = timestamp(this.#clock.now() + this.#messageTtlMs);
    const nameOf = (address: QueueAddress, id: MessageId) => this.#nameOf(address, id);
    return storeMessages(this.#database, requests, nameOf, expireAt);
  }

  async page(address: QueueAddress, { limit, maxBytes, after }: PageRequest): Promise<MessagePage> {
    const name = this.#queueName(address);
    const mark = this.#marks.of(name);
    const query = {
      from: [{ collectionId: this.#database.collectionId("messages") }],
      // Also saves reading expired messages that Firestore's TTL policy has yet to delete.
      where: storedAt(GREATER_THAN_OR_EQUAL, Math.max(this.#oldest(), mark?.at ?? 0)),
      ...this.#inOrder(address, limit + 1, after),
    };
    let messages: QueuedMessage[] = [];
    let hasMore = false;
    let first: Document | undefined;
    let last: Document | undefined;
    const readTime = await this.#database.query(name, query, () => {
      let bytes = 0;
      messages = [];
      hasMore = false;
      first = undefined;
      last = undefined;
      return (document) => {
        first ??= document;
        const envelope = bytesOf(document, "envelope");
        bytes += envelope.length;
        hasMore = messages.length === limit || (bytes > maxBytes && messages.length > 0);
        if (hasMore) return false;
        const storedAt = timestampMs(document.fields?.storedAt);
        messages.push({ id: idOf(document) as MessageId, envelope, storedAt });
        last = document;
        return true;
      };
    });
    if (after === undefined) {
      const oldest = first && timestampMs((first as Document).fields?.storedAt);
      this.#marks.shown(name, mark, { oldest, at: Number(momentOf(readTime)) });
    }
    return last === undefined ? { messages, hasMore } : { messages, hasMore, cursor: cursorAt(last) };
  }

  async find(address: QueueAddress, id: MessageId): Promise<StoredMessage | undefined> {
    const [found] = await this.#database.getFields([this.#nameOf(address, id)], ["envelope", "storedAt"]);
    return found && this.#isUnexpired(found) ? { id, envelope: bytesOf(found, "envelope") } : undefined;
  }

  async delete(address: QueueAddress, ids: readonly MessageId[]): Promise<void> {
    await this.#delete(ids.map((id) => this.#nameOf(address, id)));
  }

  /** With what others delete at about the same time; whose documents are deleted does not depend on them. */
  async #delete(names: readonly string[]): Promise<void> {
    const calls: Promise<void>[] = [];
    for (let start = 0; start < names.length; start += MAX_WRITES) {
      const some = names.slice(start, start + MAX_WRITES);
      calls.push(this.#deletes.add(some).catch((error) => throwIfFailed(error, some)));
    }
    await Promise.all(calls);
  }

  async stillQueued(address: QueueAddress, ids: readonly MessageId[]): Promise<Set<MessageId>> {
    const names = ids.map((id) => this.#nameOf(address, id));
    const found = await this.#database.getFields(names, ["storedAt"]);
    const unexpired = found.filter((document) => this.#isUnexpired(document));
    return new Set(unexpired.map((document) => idOf(document) as MessageId));
  }

  async purge(address: QueueAddress, before?: StoreMoment): Promise<void> {
    let after: Cursor | undefined;
    for (let full = true; full; ) {
      const query = {
        from: [{ collectionId: this.#database.collectionId("messages") }],
        select: { fields: [STORED_AT] },
        ...(before === undefined ? {} : { where: storedAt(LESS_THAN, Number(before)) }),
        ...this.#inOrder(address, MAX_WRITES, after),
      };
      const stored: Document[] = [];
      await this.#database.query(this.#queueName(address), query, () => {
        stored.length = 0;
        return (document) => stored.push(document) > 0;
      });
      await this.#delete(stored.map(({ name }) => name ?? ""));
      after = cursorAt(stored.at(-1) ?? {});
      full = stored.length === MAX_WRITES;
    }
  }

  #queueName(address: QueueAddress): string {
    return queueName(this.#database, address);
  }

  #nameOf(address: QueueAddress, id: MessageId): string {
    return messageName(this.#database, address, id);
  }

  #oldest(): number {
    return this.#clock.now() - this.#messageTtlMs;
  }

  #inOrder(address: QueueAddress, limit: number, after: Cursor | undefined) {
    return {
      orderBy: [{ field: STORED_AT }, { field: { fieldPath: "__name__" } }],
      limit: { value: limit },
      ...(after === undefined ? {} : { startAt: this.#placeAfter(address, after) }),
    };
  }

  #isUnexpired({ fields }: Document): boolean {
    return timestampMs(fields?.storedAt) >= this.#oldest();
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

function queueName(database: FirestoreDatabase, { user, queue }: QueueAddress): string {
  return `${userName(database, user)}/${database.collectionId("queues")}/${queue}`;
}

/** The full name of a message's document in one queue. */
export function messageName(database: FirestoreDatabase, address: QueueAddress, id: MessageId): string {
  return `${queueName(database, address)}/${database.collectionId("messages")}/${id}`;
}

/** Contains all that the order depends on, so that it outlives its document. */
function cursorAt(document: Document): Cursor {
  const { seconds, nanos } = document.fields?.storedAt?.timestampValue ?? {};
  return `${seconds ?? 0}/${nanos ?? 0}/${idOf(document)}` as Cursor;
}

/** @param ms since the epoch */
function storedAt(op: typeof LESS_THAN | typeof GREATER_THAN_OR_EQUAL, ms: number) {
  return { fieldFilter: { field: STORED_AT, op, value: { timestampValue: timestamp(ms) } } };
}

/** Others, that shared the call, may have failed alone. */
function throwIfFailed(error: unknown, names: readonly string[]): void {
  const cause = error instanceof UnavailableError ? error.cause : undefined;
  if (cause instanceof PartlyWrittenError) {
    const failed = new Set((cause as PartlyWrittenError<Write>).failed.map((write) => write.delete));
    if (!names.some((name) => failed.has(name))) return;
  }
  throw error;
}
