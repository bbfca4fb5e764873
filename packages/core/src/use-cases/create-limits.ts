import { RateLimitedError } from "../model/errors.ts";
import { type Charge, type Refusal, refundOf } from "../model/limits/charge.ts";
import { type TokenBucket, tokenBucket } from "../model/limits/token-bucket.ts";
import { senderHash } from "../model/sender.ts";
import type { UserId } from "../model/user.ts";
import type { LimitedCall, LimitSettings, Limits, SendAttempt } from "../ports/limits.ts";
import type { TokenBuckets } from "../ports/token-buckets.ts";

const HOUR_MS = 60 * 60 * 1000;

/** One sender's part of a recipient's messages a second: by default, just what a sender may send at all. */
const SENDERS_IN_RATE = 8;

/** One sender's part of a recipient's queue, which counts once the queue is half full. */
const SENDERS_IN_QUEUE = 16;

/** Acks may empty a full queue long before its messages expire. */
const QUEUE_FULL_RETRY_MS = 60_000;

/**
 * The limits of an installation, counted in token buckets.
 *
 * Anybody can send to anybody, so what protects a recipient must not become a way to silence it. Each sender has a
 * share of the recipient's rate and queue, and the bytes that a sender may send are 1/16 of those that a recipient may
 * get by default. The buckets refill all the time: even when many senders empty one together, others wait for about
 * one envelope's worth, and the next attempt passes, whatever its size.
 *
 * The queue's buckets are an estimate. They count a message once, however many devices it goes to; each ack gives one
 * message and its part of the bytes back; and they refill over the time that messages live. So a queue of which
 * nothing is acknowledged holds at most twice the limit.
 */
export function createLimits(buckets: TokenBuckets, settings: LimitSettings): Limits {
  const sender = {
    messages: tokenBucket(settings.sendBurst, settings.sendRatePerSecond),
    bytes: over(HOUR_MS, settings.senderBytesPerHour),
  };
  const recipient = {
    bytes: over(HOUR_MS, settings.recipientBytesPerHour),
    messages: tokenBucket(settings.recipientBurst, settings.recipientRatePerSecond),
    messagesOfSender: tokenBucket(
      Math.max(1, settings.recipientBurst / SENDERS_IN_RATE),
      settings.recipientRatePerSecond / SENDERS_IN_RATE,
    ),
  };
  const queue = {
    messages: over(settings.messageTtlMs, settings.maxQueueMessages),
    bytes: over(settings.messageTtlMs, settings.maxQueueBytes),
    messagesOfSender: over(settings.messageTtlMs, settings.maxQueueMessages / SENDERS_IN_QUEUE),
    bytesOfSender: over(settings.messageTtlMs, settings.maxQueueBytes / SENDERS_IN_QUEUE),
  };
  const calls: Record<LimitedCall | "ack", TokenBucket> = {
    pull: tokenBucket(settings.pullBurst, settings.pullRatePerSecond),
    ack: tokenBucket(settings.ackBurst, settings.ackRatePerSecond),
    device: tokenBucket(settings.deviceBurst, settings.deviceRatePerSecond),
    handshake: tokenBucket(settings.handshakeBurst, settings.handshakeRatePerSecond),
  };

  return {
    async admitSend(attempt) {
      const queueCharges = attempt.ephemeral ? [] : placesInQueue(attempt);
      const refusal = await buckets.take([ofSender(attempt), [...ofRecipient(attempt), ...queueCharges]]);
      if (refusal) throw refused(refusal, queueCharges);
    },
    async releasePlace(attempt) {
      if (!attempt.ephemeral) await buckets.take([placesInQueue(attempt).map(refundOf)]);
    },
    async releaseQueue(user) {
      await buckets.take([placesBack(user, queue.messages.capacity)]);
    },
    async admitCall(user, call) {
      const refusal = await buckets.take([[ofCall(user, call, 1)]]);
      if (refusal) throw refused(refusal);
    },
    async admitAck(user, messages) {
      const call = ofCall(user, "ack", Math.max(1, messages));
      const refusal = await buckets.take([[call, ...placesBack(user, messages)]]);
      if (refusal) throw refused(refusal);
    },
  };

  function ofSender(attempt: SendAttempt): Charge[] {
    const key = `sender:{${senderHash(attempt.sender)}}`;
    return [
      { key: `${key}:messages`, bucket: sender.messages, cost: 1 },
      { key: `${key}:bytes`, bucket: sender.bytes, cost: attempt.bytes },
    ];
  }

  function ofRecipient(attempt: SendAttempt): Charge[] {
    const key = `recipient:{${attempt.recipient}}`;
    return [
      { key: `${key}:bytes`, bucket: recipient.bytes, cost: attempt.bytes },
      { key: `${key}:messages`, bucket: recipient.messages, cost: 1 },
      {
        key: `${key}:messages:${senderHash(attempt.sender)}`,
        bucket: recipient.messagesOfSender,
        cost: 1,
      },
    ];
  }

  function placesInQueue(attempt: SendAttempt): Charge[] {
    const key = queueKey(attempt.recipient);
    const from = senderHash(attempt.sender);
    const bytes = attempt.bytes;
    return [
      { key: `${key}:messages`, bucket: queue.messages, cost: 1 },
      { key: `${key}:messages:${from}`, bucket: queue.messagesOfSender, cost: 1, mode: "whileLow" },
      { key: `${key}:bytes`, bucket: queue.bytes, cost: bytes },
      { key: `${key}:bytes:${from}`, bucket: queue.bytesOfSender, cost: bytes, mode: "whileLow" },
    ];
  }

  function placesBack(user: UserId, messages: number): Charge[] {
    const key = queueKey(user);
    return [
      { key: `${key}:messages`, bucket: queue.messages, cost: -messages },
      { key: `${key}:bytes`, bucket: queue.bytes, cost: 0, mode: "inStep" },
    ];
  }

  function ofCall(user: UserId, call: LimitedCall | "ack", cost: number): Charge {
    return { key: `user:{${user}}:${call}`, bucket: calls[call], cost };
  }
}

function queueKey(user: UserId): string {
  return `queue:{${user}}`;
}

function refused({ charge, waitMs }: Refusal, queueCharges: readonly Charge[] = []): RateLimitedError {
  if (!queueCharges.includes(charge)) return new RateLimitedError(waitMs);
  return new RateLimitedError(Math.min(waitMs, QUEUE_FULL_RETRY_MS), "queue_full");
}

/** A bucket that an attempt can take `tokens` from at once, and that refills over the time given. */
function over(ms: number, tokens: number): TokenBucket {
  const capacity = Math.max(1, tokens);
  return { capacity, msPerToken: ms / capacity };
}
