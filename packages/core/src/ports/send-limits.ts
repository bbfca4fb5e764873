import type { TokenBucket } from "../model/token-bucket.ts";
import type { UserId } from "../model/user.ts";

export interface SendLimitSettings {
  /** Messages a second that one sender may send in the long run. */
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
 * Fails open: when the store cannot be reached, everything is admitted and a metric tells.
 */
export interface SendLimits {
  /**
   * Counts the attempt against the sender's messages and bytes and the recipient's bytes. An attempt that is
   * refused takes nothing from any of them.
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
 * Anybody may fill a recipient's bucket, so it must not become a way to silence a recipient. What a sender can take
 * from it is bounded by the sender's own bytes: 1/16 of it by default, so keep the one well under the other. It
 * refills all the time, where a window would stay shut until its end: even many senders who empty it together leave
 * others waiting for about one envelope's worth of bytes, and whoever comes first then is served, of whatever size.
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
