import type { TokenBucket } from "../model/token-bucket.ts";
import type { UserId } from "../model/user.ts";

export interface SendLimitSettings {
  /** Messages per second that one sender may send in the long run. */
  readonly ratePerSecond: number;
  /** Messages that one sender may send at once. */
  readonly burst: number;
  readonly senderBytesPerHour: number;
  readonly recipientBytesPerHour: number;
}

export interface SendAttempt {
  readonly sender: UserId;
  readonly recipient: UserId;
  readonly bytes: number;
}

/**
 * Limits shared by all processes of the installation. A sender appears in the store of the limits only as a hash.
 * Fails open: while the store is unavailable, everything is admitted and a metric counts it.
 */
export interface SendLimits {
  /**
   * Counts the attempt against the sender's messages and bytes and the recipient's bytes. A refused attempt counts
   * against none of them.
   *
   * @throws RateLimitedError when one of them is used up, with the time after which the attempt would pass
   */
  admit(attempt: SendAttempt): Promise<void>;
}

const HOUR_MS = 60 * 60 * 1000;

export interface SendBuckets {
  readonly senderMessages: TokenBucket;
  readonly senderBytes: TokenBucket;
  readonly recipientBytes: TokenBucket;
}

/**
 * The three buckets of an attempt, the same for every adapter.
 *
 * Any sender can empty a recipient's bucket, which must not become a way to silence the recipient. A sender's own bytes
 * limit what it can take: 1/16 of the bucket by default, so keep the one well below the other. The bucket refills all
 * the time, while a window would stay closed until its end: even when many senders empty it together, others wait
 * for about one envelope's worth of bytes, and the next attempt passes, whatever its size.
 */
export function sendBuckets(settings: SendLimitSettings): SendBuckets {
  return {
    senderMessages: { capacity: settings.burst, msPerToken: 1000 / settings.ratePerSecond },
    senderBytes: bytesPerHour(settings.senderBytesPerHour),
    recipientBytes: bytesPerHour(settings.recipientBytesPerHour),
  };
}

function bytesPerHour(bytes: number): TokenBucket {
  return { capacity: bytes, msPerToken: HOUR_MS / bytes };
}
