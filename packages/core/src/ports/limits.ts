import type { NetworkPrefix, Sender } from "../model/sender.ts";
import type { UserId } from "../model/user.ts";

/** What limits are made from; see the settings of the same names. */
export interface LimitSettings {
  readonly sendRatePerSecond: number;
  readonly sendBurst: number;
  readonly senderBytesPerHour: number;
  readonly recipientBytesPerHour: number;
  readonly recipientRatePerSecond: number;
  readonly recipientBurst: number;
  readonly maxQueueMessages: number;
  readonly maxQueueBytes: number;
  readonly messageTtlMs: number;
  readonly pullRatePerSecond: number;
  readonly pullBurst: number;
  readonly ackRatePerSecond: number;
  readonly ackBurst: number;
  readonly deviceRatePerSecond: number;
  readonly deviceBurst: number;
  readonly handshakeRatePerSecond: number;
  readonly handshakeBurst: number;
  readonly networkSendRatePerSecond: number;
  readonly networkSendBurst: number;
  readonly networkBytesPerHour: number;
  readonly networkHandshakeRatePerSecond: number;
  readonly networkHandshakeBurst: number;
  readonly refusedKeyRatePerSecond: number;
  readonly refusedKeyBurst: number;
}

export interface SendAttempt {
  readonly sender: Sender;
  readonly recipient: UserId;
  readonly bytes: number;
  /** An ephemeral message takes no place in a queue. */
  readonly ephemeral: boolean;
}

/** A call of a user; `device` registers, lists or removes devices. */
export type LimitedCall = "pull" | "device" | "handshake";

/** A call without a token. A `send` counts before its access key is checked, which costs a read. */
export type AnonymousCall = "send" | "handshake";

/**
 * The limits of each user, shared by all processes of the installation, whichever way the user calls. A sender or a
 * network appears in the store of the limits only as a hash. Fails open: while the store is unavailable, everything is
 * admitted and a metric counts it. A refused attempt takes nothing.
 */
export interface Limits {
  /**
   * Counts the attempt against the sender, the recipient, and the sender's share of the recipient. All who bear the
   * recipient's access key have one sender's share together, of which each network has a part.
   *
   * @throws RateLimitedError `rate_limited`, with the time after which the attempt would pass
   * @throws RateLimitedError `queue_full` when too much waits for the recipient already
   */
  admitSend(attempt: SendAttempt): Promise<void>;
  /** Gives back the place in the recipient's queue of a message that was admitted, but then not accepted. */
  releasePlace(attempt: SendAttempt): Promise<void>;
  /** Gives back all places in a user's queue, which has been emptied. */
  releaseQueue(user: UserId): Promise<void>;
  /** @throws RateLimitedError `rate_limited` */
  admitCall(user: UserId, call: LimitedCall): Promise<void>;
  /** @throws RateLimitedError `rate_limited` */
  admitAnonymous(network: NetworkPrefix, call: AnonymousCall): Promise<void>;
  /**
   * Counts an access key that was refused: a network may try far fewer of them than it may send.
   *
   * @throws RateLimitedError `rate_limited`, in the place of the refusal
   */
  admitRefusedKey(network: NetworkPrefix): Promise<void>;
  /**
   * Counts the messages of an acknowledgement, and gives their places in the user's queue back.
   *
   * @throws RateLimitedError `rate_limited`
   */
  admitAck(user: UserId, messages: number): Promise<void>;
}
