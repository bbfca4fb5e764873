import type { IngressRecord } from "../model/ingress-record.ts";

/** Publishes accepted messages to the ingress. */
export interface IngressPublisher {
  /**
   * Resolves once the record is durable: from then on a consumer gets it at least once, until it is acked.
   *
   * @throws UnavailableError when that is not known within a few seconds; the record may still arrive
   */
  publish(record: IngressRecord): Promise<void>;
  /** Waits for pending records, then closes. */
  close(): Promise<void>;
}

/** One record handed to one consumer, leased to it until it acks or nacks, which are called as methods. */
export interface IngressDelivery {
  readonly record: IngressRecord;
  /** How many attempts have been counted, this one included: at times one more than it was handed out. */
  readonly attempt: number;
  /** When it was published, in milliseconds since the epoch. */
  readonly publishedAt: number;
  /** The record is processed. It may still be redelivered, so processing it twice must be harmless. */
  ack(): void;
  /** Returns the record, to be handed out again soon. */
  nack(): void;
}

/**
 * Takes records off the ingress, in no particular order. A record is redelivered when its consumer dies, nacks it or
 * loses its lease. The lease is extended while the consumer lives and holds the record.
 */
export interface IngressConsumer {
  /**
   * Starts handing out records, one call each. The adapter limits the messages and bytes that are neither acked nor
   * nacked: a receiver that does neither stops receiving records.
   */
  start(receive: (delivery: IngressDelivery) => void): Promise<void>;
  /** Stops handing out records; those handed out may still be acked or nacked. */
  pause(): Promise<void>;
  /** Returns the records that are neither acked nor nacked, waits until all acks and nacks are sent, then closes. */
  close(): Promise<void>;
}
