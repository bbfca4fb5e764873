import type { UserId } from "../user.ts";

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
   * Counts the attempt against the sender's messages and bytes and the recipient's bytes.
   *
   * @throws RateLimitedError when one of them is used up
   */
  admit(attempt: SendAttempt): Promise<void>;
}
