import type { Clock, IngressConsumer } from "@dumbwaiter/core";
import type { SqliteDatabase } from "./sqlite-database.ts";
import { type IngressLimits, type IngressSource, SqliteIngressConsumer } from "./sqlite-ingress-consumer.ts";
import type { NewRecords } from "./sqlite-ingress-publisher.ts";
import type { Lease, StoredRecord } from "./worker/ingress-operations.ts";

/** One lease is one operation of the database, which other calls wait for. */
const MAX_RECORDS_A_LEASE = 500;
const MAX_BYTES_A_LEASE = 1024 * 1024;

const RETRY_MS = 1000;

/**
 * Leases records to the consumers. Leases are only in this process's memory, so all records held are redelivered after a
 * restart. Attempts are counted in the database. If a consumer has room when a record is published, its first attempt is
 * stored with it, and it is handed out from memory. If it has to be read after all, that counts as another attempt.
 */
export class SqliteIngressDispatcher implements IngressSource, NewRecords {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;
  readonly #consumers = new Set<SqliteIngressConsumer>();
  /** Records that were given back, to be leased before new ones. */
  readonly #returned = new Set<number>();
  /** Records up to this one have been handed out, and none after it. */
  #after = 0;
  /** Whether there may be records after it that must be read. */
  #more = true;
  /** Whether the last lease left records behind, or failed. */
  #behind = true;
  #pumping = false;
  /** New records whose first attempt is counted, in order. One is handed out only if it directly follows `#after`. */
  #fresh: StoredRecord[] = [];
  #acks: number[] = [];
  readonly #pendingAcks = new Set<Promise<void>>();

  constructor(database: SqliteDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** One more consumer of the same records. */
  createConsumer(limits: IngressLimits): IngressConsumer {
    return new SqliteIngressConsumer(this, limits);
  }

  get wouldHandOut(): boolean {
    const isNext = this.#after > 0 && !this.#isLeaseDue && this.#returned.size === 0;
    return isNext && this.#roomiest() !== undefined;
  }

  published(record: StoredRecord): void {
    // A lease that is due reads this record too: its bytes are not kept until then.
    if (this.#isLeaseDue) this.#more = true;
    else this.#fresh.push(record);
    void this.#pump();
  }

  wake(): void {
    this.#more = true;
    void this.#pump();
  }

  attach(consumer: SqliteIngressConsumer): void {
    this.#consumers.add(consumer);
    void this.#pump();
  }

  async detach(consumer: SqliteIngressConsumer, held: readonly number[]): Promise<void> {
    this.#consumers.delete(consumer);
    this.#return(held);
    this.#flushAcks();
    await Promise.all(this.#pendingAcks);
  }

  giveBack(seq: number, afterMs: number): void {
    this.#return([seq], afterMs);
  }

  acknowledge(seq: number): void {
    // A batch is acked record by record in one turn: one operation acks them all.
    if (this.#acks.push(seq) === 1) queueMicrotask(() => this.#flushAcks());
    void this.#pump();
  }

  get #isLeaseDue(): boolean {
    return this.#more || this.#behind;
  }

  /** Hands out records while there are any and a consumer has room; one lease at a time. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#handOutFresh();
    for (
      let next = this.#roomiest();
      next && (this.#more || this.#returned.size > 0);
      next = this.#roomiest()
    ) {
      const lease = await this.#lease(next.room).catch(() => undefined);
      if (lease) {
        next.consumer.handOut(lease);
        this.#handOutFresh();
      } else {
        this.#more = true;
        this.#behind = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
    this.#pumping = false;
  }

  /** Hands out the new records that directly follow the last one handed out. The others are read by a lease. */
  #handOutFresh(): void {
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const record of fresh) {
      const consumer = this.#roomiest()?.consumer;
      if (record.seq === this.#after + 1 && consumer) {
        this.#after = record.seq;
        consumer.handOut({ records: [record], attempts: [1] });
      } else if (record.seq > this.#after) this.#more = true;
    }
  }

  #roomiest() {
    return [...this.#consumers]
      .flatMap((consumer) => (consumer.room ? { consumer, room: consumer.room } : []))
      .sort((a, b) => a.consumer.holds - b.consumer.holds)[0];
  }

  async #lease({ maxMessages, maxBytes }: IngressLimits): Promise<Lease> {
    // Before the call, which may miss what is published meanwhile.
    this.#more = false;
    const lease = await this.#database.call("leaseIngress", {
      again: [...this.#returned].slice(0, MAX_RECORDS_A_LEASE),
      after: this.#after,
      maxMessages: Math.min(maxMessages, MAX_RECORDS_A_LEASE),
      maxBytes: Math.min(maxBytes, MAX_BYTES_A_LEASE),
      now: this.#clock.now(),
    });
    this.#more ||= lease.more;
    this.#behind = lease.more;
    for (const seq of lease.taken) {
      this.#returned.delete(seq);
      this.#after = Math.max(this.#after, seq);
    }
    return lease;
  }

  #return(seqs: readonly number[], afterMs = 0): void {
    const add = () => {
      for (const seq of seqs) this.#returned.add(seq);
      void this.#pump();
    };
    if (afterMs === 0) add();
    else setTimeout(add, afterMs).unref();
  }

  #flushAcks(): void {
    if (this.#acks.length === 0) return;
    const seqs = this.#acks;
    this.#acks = [];
    const sent = this.#database
      .call("ackIngress", seqs)
      .catch(() => this.#return(seqs, RETRY_MS))
      .finally(() => this.#pendingAcks.delete(sent));
    this.#pendingAcks.add(sent);
  }
}
