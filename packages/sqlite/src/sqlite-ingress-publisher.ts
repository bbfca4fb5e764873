import { type Clock, type IngressPublisher, type IngressRecord, UnavailableError } from "@dumbwaiter/core";
import { ownBytes, type SqliteDatabase } from "./sqlite-database.ts";
import type { LeasedRecord } from "./worker/ingress-operations.ts";

/** More bytes waiting mean that the disk has stopped: records are refused, so that memory does not fill. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;

/** Who hands out the records of this process. */
export interface IngressWatcher {
  /** Whether it would hand out the next record at once. */
  readonly isWaiting: boolean;
  /** There may be a new record. */
  wake(): void;
  /** A record is in the ingress whose first attempt is counted. */
  takeNew(record: LeasedRecord): void;
}

/** The ingress in the database, for publishers and consumers of one process. */
export class SqliteIngressPublisher implements IngressPublisher {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;
  readonly #watcher: IngressWatcher;
  readonly #pending = new Set<Promise<number>>();
  #pendingBytes = 0;
  #closed = false;

  constructor(database: SqliteDatabase, clock: Clock, watcher: IngressWatcher) {
    this.#database = database;
    this.#clock = clock;
    this.#watcher = watcher;
  }

  async publish({ data, attributes }: IngressRecord): Promise<void> {
    if (this.#closed || this.#pendingBytes > MAX_PENDING_BYTES) throw new UnavailableError("sqlite");
    this.#pendingBytes += data.length;
    const row = {
      data: ownBytes(data),
      attributes: JSON.stringify(attributes),
      publishedAt: this.#clock.now(),
    };
    const attempts = this.#watcher.isWaiting ? 1 : 0;
    const done = this.#database.call("publishIngress", row.data, row.attributes, row.publishedAt, attempts);
    this.#pending.add(done);
    try {
      const seq = await done;
      if (attempts === 1) this.#watcher.takeNew({ seq, ...row });
      else this.#watcher.wake();
    } catch (error) {
      // A record whose outcome was not known in time may have been written.
      this.#watcher.wake();
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
