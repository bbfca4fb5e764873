import { backoffMs, type Clock, type IngressConsumer, type IngressDelivery } from "@dumbwaiter/core";
import { asBuffer, type SqliteDatabase } from "./sqlite-database.ts";
import type { Lease } from "./worker/ingress-operations.ts";

/** How much one consumer may hold that is neither acked nor nacked; of bytes, the last record may go over. */
export interface IngressLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

interface Consumer {
  readonly limits: IngressLimits;
  /** Set while records are wanted. */
  receive: ((delivery: IngressDelivery) => void) | undefined;
  /** The size of each record held, by its number. */
  readonly held: Map<number, number>;
  bytesHeld: number;
}

const MAX_RECORDS_A_LEASE = 500;
/** Before a record that was given back is handed out again. */
const BACKOFF = { firstMs: 100, maxMs: 10_000 };
const RETRY_MS = 1000;

/**
 * Hands the records out. Who holds what is known to this process alone, so that whatever it held comes again once it
 * is started again; the attempts are counted in the database.
 */
export function createIngressDispatcher(database: SqliteDatabase, clock: Clock) {
  const consumers = new Set<Consumer>();
  /** Given back, to go out again before anything new. */
  const returned = new Set<number>();
  /** Everything behind this record has never been handed out. */
  let after = 0;
  /** Whether there may be something behind it. */
  let more = true;
  let pumping = false;
  let acks: number[] = [];
  const acksUnderWay = new Set<Promise<void>>();

  function wake(): void {
    more = true;
    void pump();
  }

  /** Hands out records while there are any that somebody has room for; one lease at a time. */
  async function pump(): Promise<void> {
    if (pumping) return;
    pumping = true;
    for (let next = roomiest(); next && (more || returned.size > 0); next = roomiest()) {
      const lease = await leaseFor(next).catch(() => undefined);
      if (lease) handOut(next, lease);
      else {
        more = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
    pumping = false;
  }

  function roomiest(): Consumer | undefined {
    const withRoom = [...consumers].filter(
      ({ receive, held, bytesHeld, limits }) =>
        receive && held.size < limits.maxMessages && bytesHeld < limits.maxBytes,
    );
    return withRoom.sort((a, b) => a.held.size - b.held.size)[0];
  }

  async function leaseFor({ held, bytesHeld, limits }: Consumer): Promise<Lease> {
    // Before the call: what is published during it may be behind what it reads.
    more = false;
    const lease = await database.call("leaseIngress", {
      again: [...returned].slice(0, MAX_RECORDS_A_LEASE),
      after,
      maxMessages: Math.min(limits.maxMessages - held.size, MAX_RECORDS_A_LEASE),
      maxBytes: limits.maxBytes - bytesHeld,
      now: clock.now(),
    });
    more ||= lease.more;
    for (const seq of lease.taken) {
      returned.delete(seq);
      after = Math.max(after, seq);
    }
    return lease;
  }

  function handOut(consumer: Consumer, { records, attempts }: Lease): void {
    for (const { seq, data } of records) {
      consumer.held.set(seq, data.length);
      consumer.bytesHeld += data.length;
    }
    for (const [index, { seq, data, attributes, publishedAt }] of records.entries()) {
      const attempt = attempts[index] ?? 1;
      // It may have been paused meanwhile, by what it has just received too.
      if (!consumer.receive) giveBack(consumer, seq);
      else {
        consumer.receive({
          record: { data: asBuffer(data), attributes: JSON.parse(attributes) },
          attempt,
          publishedAt,
          ack: () => acknowledge(consumer, seq),
          nack: () => giveBack(consumer, seq, backoffMs(BACKOFF, attempt - 1)),
        });
      }
    }
  }

  /** @returns whether the consumer held it until now: a record is acked or given back once */
  function release(consumer: Consumer, seq: number): boolean {
    consumer.bytesHeld -= consumer.held.get(seq) ?? 0;
    return consumer.held.delete(seq);
  }

  function giveBack(consumer: Consumer, seq: number, afterMs = 0): void {
    if (release(consumer, seq)) comeAgain([seq], afterMs);
  }

  function comeAgain(seqs: readonly number[], afterMs: number): void {
    const add = () => {
      for (const seq of seqs) returned.add(seq);
      void pump();
    };
    if (afterMs === 0) add();
    else setTimeout(add, afterMs).unref();
  }

  function acknowledge(consumer: Consumer, seq: number): void {
    if (!release(consumer, seq)) return;
    // A batch is acked record by record in one go: one operation takes them all.
    if (acks.push(seq) === 1) queueMicrotask(flushAcks);
    void pump();
  }

  function flushAcks(): void {
    if (acks.length === 0) return;
    const seqs = acks;
    acks = [];
    const sent = database
      .call("ackIngress", seqs)
      .catch(() => comeAgain(seqs, RETRY_MS))
      .finally(() => acksUnderWay.delete(sent));
    acksUnderWay.add(sent);
  }

  /** One more consumer of the same records. */
  function createConsumer(limits: IngressLimits): IngressConsumer {
    const consumer: Consumer = { limits, receive: undefined, held: new Map(), bytesHeld: 0 };
    return {
      async start(receive) {
        consumer.receive = receive;
        consumers.add(consumer);
        void pump();
      },
      async pause() {
        consumer.receive = undefined;
      },
      async close() {
        consumer.receive = undefined;
        consumers.delete(consumer);
        for (const seq of [...consumer.held.keys()]) giveBack(consumer, seq);
        flushAcks();
        await Promise.all(acksUnderWay);
      },
    };
  }

  return { wake, createConsumer };
}
