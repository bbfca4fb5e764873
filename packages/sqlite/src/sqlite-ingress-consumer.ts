import { backoffMs, type IngressConsumer, type IngressDelivery } from "@dumbwaiter/core";
import { asBuffer } from "./sqlite-database.ts";
import type { Lease } from "./worker/ingress-operations.ts";

/** How much one consumer may hold that is neither acked nor nacked; the last record may exceed the bytes. */
export interface IngressLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** Where a consumer's records come from, and go back to. */
export interface IngressSource {
  /** Leases records to the consumer while it has room. */
  attach(consumer: SqliteIngressConsumer): void;
  /** Stops leasing, takes back what the consumer still holds, and waits until all acks are sent. */
  detach(consumer: SqliteIngressConsumer, held: readonly number[]): Promise<void>;
  acknowledge(seq: number): void;
  giveBack(seq: number, afterMs: number): void;
}

/** Before a record that was nacked is handed out again. */
const BACKOFF = { firstMs: 100, maxMs: 10_000 };

/** One consumer of the ingress, which tracks what it holds. */
export class SqliteIngressConsumer implements IngressConsumer {
  readonly #source: IngressSource;
  readonly #limits: IngressLimits;
  /** The size of each record held, by its number. */
  readonly #held = new Map<number, number>();
  #heldBytes = 0;
  /** Set while records are wanted. */
  #receive: ((delivery: IngressDelivery) => void) | undefined;

  constructor(source: IngressSource, limits: IngressLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  async start(receive: (delivery: IngressDelivery) => void): Promise<void> {
    this.#receive = receive;
    this.#source.attach(this);
  }

  async pause(): Promise<void> {
    this.#receive = undefined;
  }

  async close(): Promise<void> {
    this.#receive = undefined;
    const held = [...this.#held.keys()];
    this.#held.clear();
    this.#heldBytes = 0;
    await this.#source.detach(this, held);
  }

  get holds(): number {
    return this.#held.size;
  }

  /** What it may be leased besides what it holds; undefined when there is no room. */
  get room(): IngressLimits | undefined {
    const maxMessages = this.#limits.maxMessages - this.#held.size;
    const maxBytes = this.#limits.maxBytes - this.#heldBytes;
    return this.#receive && maxMessages > 0 && maxBytes > 0 ? { maxMessages, maxBytes } : undefined;
  }

  handOut({ records, attempts }: Pick<Lease, "records" | "attempts">): void {
    for (const { seq, data } of records) {
      this.#held.set(seq, data.length);
      this.#heldBytes += data.length;
    }
    for (const [index, { seq, data, attributes, publishedAt }] of records.entries()) {
      const attempt = attempts[index] ?? 1;
      // It may have been paused meanwhile, even by the record that it has just received.
      if (!this.#receive) this.#giveBack(seq, 0);
      else {
        this.#receive({
          record: { data: asBuffer(data), attributes: JSON.parse(attributes) },
          attempt,
          publishedAt,
          ack: () => {
            if (this.#release(seq)) this.#source.acknowledge(seq);
          },
          nack: () => this.#giveBack(seq, backoffMs(BACKOFF, attempt - 1)),
        });
      }
    }
  }

  #giveBack(seq: number, afterMs: number): void {
    if (this.#release(seq)) this.#source.giveBack(seq, afterMs);
  }

  /** @returns whether the record was held until now: only the first ack or nack counts */
  #release(seq: number): boolean {
    this.#heldBytes -= this.#held.get(seq) ?? 0;
    return this.#held.delete(seq);
  }
}
