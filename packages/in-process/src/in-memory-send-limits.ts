import {
  type Clock,
  RateLimitedError,
  type SendAttempt,
  type SendLimitSettings,
  type SendLimits,
  sendBuckets,
  senderHash,
  take,
  type UserId,
  waitMs,
} from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

/** Those least lately used are forgotten, which fills their buckets. */
const MAX_SENDERS = 50_000;
const MAX_RECIPIENTS = 50_000;

interface SenderState {
  readonly messagesFullAt: number;
  readonly bytesFullAt: number;
}

/** Send limits of a single process, in bounded memory. A restart fills all buckets. */
export function createInMemorySendLimits(settings: SendLimitSettings, clock: Clock): SendLimits {
  const buckets = sendBuckets(settings);
  const senders = new LRUCache<string, SenderState>({ max: MAX_SENDERS });
  const recipients = new LRUCache<UserId, number>({ max: MAX_RECIPIENTS });

  return {
    async admit({ sender, recipient, bytes }: SendAttempt) {
      const now = clock.now();
      const senderKey = senderHash(sender);
      const used = senders.get(senderKey);
      const recipientFullAt = recipients.get(recipient);
      const wait = Math.max(
        waitMs(buckets.senderMessages, used?.messagesFullAt, now),
        waitMs(buckets.senderBytes, used?.bytesFullAt, now),
        waitMs(buckets.recipientBytes, recipientFullAt, now),
      );
      if (wait > 0) throw new RateLimitedError(wait);
      senders.set(senderKey, {
        messagesFullAt: take(buckets.senderMessages, used?.messagesFullAt, now, 1),
        bytesFullAt: take(buckets.senderBytes, used?.bytesFullAt, now, bytes),
      });
      recipients.set(recipient, take(buckets.recipientBytes, recipientFullAt, now, bytes));
    },
  };
}
