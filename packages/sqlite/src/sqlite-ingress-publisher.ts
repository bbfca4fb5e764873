import { type Clock, type IngressPublisher, type IngressRecord, UnavailableError } from "@dumbwaiter/core";
import { ownBytes, type SqliteDatabase } from "./sqlite-database.ts";
import type { StoredRecord } from "./worker/ingress-operations.ts";

/** More bytes waiting mean that the disk has stopped: records are refused, so that memory does not fill. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;

/** Hands out what is published. */
export interface NewRecords {
  /** Whether a record published now would be handed out at once. */
  readonly wouldHandOut: boolean;
  /** A record was published, or may have been, and must be read. */
  wake(): void;
  /** A record is durable, and its first attempt is already counted. */
  published(record: StoredRecord): void;
}

/** The ingress in the database, for publishers and consumers of one process. */
export class SqliteIngressPublisher implements IngressPublisher {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;
  readonly #newRecords: NewRecords;
  readonly #pending = new Set<Promise<number>>();
  #pendingBytes = 0;
  #closed = false;

  constructor(database: SqliteDatabase, clock: Clock, newRecords: NewRecords) {
    this.#database = database;
    this.#clock = clock;
    this.#newRecords = newRecords;
  }

  async publish({ data, attributes }: IngressRecord): Promise<void> {
    if (this.#closed || this.#pendingBytes > MAX_PENDING_BYTES) throw new UnavailableError("sqlite");
    this.#pendingBytes += data.length;
    const row = {
      data: ownBytes(data),
      attributes: JSON.stringify(attributes),
      publishedAt: this.#clock.now(),
    };
    const attempts = this.#newRecords.wouldHandOut ? 1 : 0;
    const done = this.#database.call("publishIngress", row.data, row.attributes, row.publishedAt, attempts);
    this.#pending.add(done);
    try {
      const seq = await done;
      if (attempts === 1) this.#newRecords.published({ seq, ...row });
      else this.#newRecords.wake();
    } catch (error) {
      // A record whose outcome was not known in time may have been written.
      this.#newRecords.wake();
      throw error;
    } finally {
      this.#pending.delete(done);
      this.#pendingBytes -= data.length;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#pending);
  }
}
