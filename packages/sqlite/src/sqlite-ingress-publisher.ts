import { type Clock, type IngressPublisher, type IngressRecord, UnavailableError } from "@dumbwaiter/core";
import { ownBytes, type SqliteDatabase } from "./sqlite-database.ts";

/** More bytes waiting mean that the disk has stopped: records are refused, so that memory does not fill. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;

/** The ingress in the database, for publishers and consumers of one process. */
export class SqliteIngressPublisher implements IngressPublisher {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;
  readonly #onPublished: () => void;
  readonly #pending = new Set<Promise<void>>();
  #pendingBytes = 0;
  #closed = false;

  /** @param onPublished called each time that there may be another record */
  constructor(database: SqliteDatabase, clock: Clock, onPublished: () => void) {
    this.#database = database;
    this.#clock = clock;
    this.#onPublished = onPublished;
  }

  async publish({ data, attributes }: IngressRecord): Promise<void> {
    if (this.#closed || this.#pendingBytes > MAX_PENDING_BYTES) throw new UnavailableError("sqlite");
    this.#pendingBytes += data.length;
    const row = [ownBytes(data), JSON.stringify(attributes), this.#clock.now()] as const;
    const done = this.#database.call("publishIngress", ...row);
    this.#pending.add(done);
    try {
      await done;
    } finally {
      this.#pending.delete(done);
      this.#pendingBytes -= data.length;
      // Even after an error: a record whose outcome was not known in time may have been written.
      this.#onPublished();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#pending);
  }
}
