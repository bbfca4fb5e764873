import {
  type Clock,
  RateLimitedError,
  type SendAttempt,
  type SendBuckets,
  type SendLimitSettings,
  type SendLimits,
  sendBuckets,
  senderHash,
  take,
  type UserId,
  waitMs,
} from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

/** The least recently used are forgotten, which fills their buckets. */
const MAX_SENDERS = 50_000;
const MAX_RECIPIENTS = 50_000;

interface SenderState {
  readonly messagesFullAt: number;
  readonly bytesFullAt: number;
}

/** Send limits of a single process, in bounded memory. A restart fills all buckets. */
export class InMemorySendLimits implements SendLimits {
  readonly #buckets: SendBuckets;
  readonly #clock: Clock;
  readonly #senders = new LRUCache<string, SenderState>({ max: MAX_SENDERS });
  readonly #recipients = new LRUCache<UserId, number>({ max: MAX_RECIPIENTS });

  constructor(settings: SendLimitSettings, clock: Clock) {
    this.#buckets = sendBuckets(settings);
    this.#clock = clock;
  }

  async admit({ sender, recipient, bytes }: SendAttempt): Promise<void> {
    const { senderMessages, senderBytes, recipientBytes } = this.#buckets;
    const now = this.#clock.now();
    const senderKey = senderHash(sender);
    const used = this.#senders.get(senderKey);
    const recipientFullAt = this.#recipients.get(recipient);
    const wait = Math.max(
      waitMs(senderMessages, used?.messagesFullAt, now),
      waitMs(senderBytes, used?.bytesFullAt, now),
      waitMs(recipientBytes, recipientFullAt, now),
    );
    if (wait > 0) throw new RateLimitedError(wait);
    this.#senders.set(senderKey, {
      messagesFullAt: take(senderMessages, used?.messagesFullAt, now, 1),
      bytesFullAt: take(senderBytes, used?.bytesFullAt, now, bytes),
    });
    this.#recipients.set(recipient, take(recipientBytes, recipientFullAt, now, bytes));
  }
}
