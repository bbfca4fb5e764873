import type { IngressRecord } from "../model/ingress-record.ts";

/** Where the api puts what it accepted. */
export interface IngressPublisher {
  /**
   * Resolves once the record is durable: from then on a consumer gets it at least once, until it is acked.
   *
   * @throws UnavailableError when that cannot be known within a few seconds; the record may come all the same
   */
  publish(record: IngressRecord): Promise<void>;
  /** Waits for what is under way, then closes. */
  close(): Promise<void>;
}

/** One record handed to one consumer, leased to it until it acks or nacks. */
export interface IngressDelivery {
  readonly record: IngressRecord;
  /** 1 at first; counts every time that the record was handed out and not acked. */
  readonly attempt: number;
  /** When it was published, in milliseconds since the epoch. */
  readonly publishedAt: number;
  /** The record is done with. It may come again all the same: handling it twice must be harmless. */
  ack(): void;
  /** Gives the record back, to be handed out again soon. */
  nack(): void;
}

/**
 * Takes records off the ingress, in no particular order. A record comes again when its consumer dies, nacks it or
 * loses its lease; while the consumer lives and holds it, its lease is extended.
 */
export interface IngressConsumer {
  /**
   * Starts handing out records, one call each. No more are handed out than the adapter's limits of messages and
   * bytes allow to be neither acked nor nacked: a receiver that holds on to what it has stops the flow.
   */
  start(receive: (delivery: IngressDelivery) => void): Promise<void>;
  /** Hands out nothing more; what was handed out may still be acked or nacked. */
  pause(): Promise<void>;
  /** Waits until the acks and nacks given so far have been sent, gives the rest back, then closes. */
  close(): Promise<void>;
}
