import { RateLimitedError } from "../model/errors.ts";
import { type Charge, type Refusal, refundOf } from "../model/limits/charge.ts";
import { type NameHash, nameHash, nameKey } from "../model/limits/name-key.ts";
import { isAnonymous, type NetworkPrefix, senderName, UNKNOWN_NETWORK } from "../model/sender.ts";
import type { UserId } from "../model/user.ts";
import type { AnonymousCall, LimitedCall, LimitSettings, Limits, SendAttempt } from "../ports/limits.ts";
import type { TokenBuckets } from "../ports/token-buckets.ts";
import { limitBuckets } from "./limit-buckets.ts";

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
 * All who bear a recipient's access key count as one sender: however many of them flood, others get through. A new key
 * is a new sender, so those who have it do not wait for what others did with the old one.
 *
 * The queue's buckets are an estimate. They count a message once, however many devices it goes to; each ack gives one
 * message and its part of the bytes back; and they refill over the time that messages live. So a queue of which
 * nothing is acknowledged holds at most twice the limit.
 *
 * Names of senders and networks are hashed, and beside a recipient's name once more and differently: who reads the
 * buckets does not see who writes to whom.
 *
 * @param hashOf the same in all processes that share the buckets
 */
export function createLimits(
  buckets: TokenBuckets,
  settings: LimitSettings,
  hashOf: NameHash = ownNameHash(),
): Limits {
  const { sender, recipient, queue, user: ofUser, ...networks } = limitBuckets(settings);

  return {
    async admitSend(attempt) {
      const share = shareOf(senderName(attempt.sender), attempt.recipient);
      const queueCharges = attempt.ephemeral ? [] : placesInQueue(attempt, share);
      const refusal = await buckets.take([
        ofSender(attempt),
        [...ofRecipient(attempt, share), ...queueCharges],
      ]);
      if (refusal) throw refused(refusal, queueCharges);
    },
    async releasePlace(attempt) {
      if (attempt.ephemeral) return;
      const share = shareOf(senderName(attempt.sender), attempt.recipient);
      await buckets.take([placesInQueue(attempt, share).map(refundOf)]);
    },
    async releaseQueue(user) {
      await buckets.take([placesBack(user, queue.messages.capacity)]);
    },
    async admitCall(user, call) {
      const refusal = await buckets.take([[ofCall(user, call, 1)]]);
      if (refusal) throw refused(refusal);
    },
    admitAnonymous: (network, call) => admitFrom(network, call),
    admitRefusedKey: (network) => admitFrom(network, "refusedKey"),
    async admitAck(user, messages) {
      const call = ofCall(user, "ack", Math.max(1, messages));
      const refusal = await buckets.take([[call, ...placesBack(user, messages)]]);
      if (refusal) throw refused(refusal);
    },
  };

  async function admitFrom(network: NetworkPrefix, call: AnonymousCall | "refusedKey"): Promise<void> {
    const key = `${networkKey(network)}:${call}`;
    const refusal = await buckets.take([[{ key, bucket: ofNetwork(network)[call], cost: 1 }]]);
    if (refusal) throw refused(refusal);
  }

  function ofNetwork(network: NetworkPrefix) {
    return network === UNKNOWN_NETWORK ? networks.unknownNetwork : networks.network;
  }

  /** The messages of a network were counted before the access key was checked. */
  function ofSender({ sender: from, bytes }: SendAttempt): Charge[] {
    if (isAnonymous(from)) {
      return [
        { key: `${networkKey(from.network)}:bytes`, bucket: ofNetwork(from.network).bytes, cost: bytes },
      ];
    }
    const key = `sender:{${hashOf(senderName(from))}}`;
    return [
      { key: `${key}:messages`, bucket: sender.messages, cost: 1 },
      { key: `${key}:bytes`, bucket: sender.bytes, cost: bytes },
    ];
  }

  function ofRecipient({ sender: from, recipient: to, bytes }: SendAttempt, share: string): Charge[] {
    const key = `recipient:{${to}}`;
    const charges = [
      { key: `${key}:bytes`, bucket: recipient.bytes, cost: bytes },
      { key: `${key}:messages`, bucket: recipient.messages, cost: 1 },
      { key: `${key}:messages:${share}`, bucket: recipient.messagesOfSender, cost: 1 },
    ];
    if (!isAnonymous(from)) return charges;
    const part = ofNetwork(from.network).share;
    const network = shareOf(networkName(from.network), to);
    return [
      ...charges,
      { key: `${key}:bytes:${share}`, bucket: recipient.bytesOfAccessKey, cost: bytes },
      { key: `${key}:messages:${network}`, bucket: part.messages, cost: 1 },
      { key: `${key}:bytes:${network}`, bucket: part.bytes, cost: bytes },
    ];
  }

  function placesInQueue({ recipient: to, bytes }: SendAttempt, share: string): Charge[] {
    const key = queueKey(to);
    return [
      { key: `${key}:messages`, bucket: queue.messages, cost: 1 },
      { key: `${key}:messages:${share}`, bucket: queue.messagesOfSender, cost: 1, mode: "whileLow" },
      { key: `${key}:bytes`, bucket: queue.bytes, cost: bytes },
      { key: `${key}:bytes:${share}`, bucket: queue.bytesOfSender, cost: bytes, mode: "whileLow" },
    ];
  }

  function placesBack(user: UserId, messages: number): Charge[] {
    const key = queueKey(user);
    return [
      { key: `${key}:messages`, bucket: queue.messages, cost: -messages },
      { key: `${key}:bytes`, bucket: queue.bytes, cost: 0, mode: "inStep" },
    ];
  }

  function networkKey(network: NetworkPrefix): string {
    return `network:{${hashOf(networkName(network))}}`;
  }

  /** What a sender's or a network's share of a recipient is called. No id has a newline, so the parts stay distinct. */
  function shareOf(name: string, recipient: UserId): string {
    return hashOf(`${name}\n${recipient}`);
  }

  function ofCall(user: UserId, call: LimitedCall | "ack", cost: number): Charge {
    return { key: `user:{${user}}:${call}`, bucket: ofUser[call], cost };
  }
}

/** For buckets that no other process shares. */
function ownNameHash(): NameHash {
  return nameHash(nameKey());
}

function networkName(network: NetworkPrefix): string {
  return `network:${network}`;
}

function queueKey(user: UserId): string {
  return `queue:{${user}}`;
}

function refused({ charge, waitMs }: Refusal, queueCharges: readonly Charge[] = []): RateLimitedError {
  if (!queueCharges.includes(charge)) return new RateLimitedError(waitMs);
  return new RateLimitedError(Math.min(waitMs, QUEUE_FULL_RETRY_MS), "queue_full");
}
