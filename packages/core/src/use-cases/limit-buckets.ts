import { type TokenBucket, tokenBucket } from "../model/limits/token-bucket.ts";
import type { LimitSettings } from "../ports/limits.ts";

const HOUR_MS = 60 * 60 * 1000;

/** One sender's part of a recipient's messages a second: by default, just what a sender may send at all. */
const SENDERS_IN_RATE = 8;

/** One sender's part of a recipient's queue, which counts once the queue is half full. */
const SENDERS_IN_QUEUE = 16;

/** The part of an access key's share that one network may use: nobody who has got the key uses it up alone. */
const NETWORKS_IN_SHARE = 4;

/** An unknown network stands for many: so much more of everything. */
const NETWORKS_IN_UNKNOWN = 16;

/** The bucket of each limit. */
export function limitBuckets(settings: LimitSettings) {
  const recipientBytes = settings.recipientBytesPerHour;
  const senderShare = {
    burst: settings.recipientBurst / SENDERS_IN_RATE,
    rate: settings.recipientRatePerSecond / SENDERS_IN_RATE,
    bytes: recipientBytes / SENDERS_IN_RATE,
  };
  const ofNetworks = (count: number) => ({
    send: tokenBucket(settings.networkSendBurst * count, settings.networkSendRatePerSecond * count),
    bytes: over(HOUR_MS, settings.networkBytesPerHour * count),
    handshake: tokenBucket(
      settings.networkHandshakeBurst * count,
      settings.networkHandshakeRatePerSecond * count,
    ),
    refusedKey: tokenBucket(settings.refusedKeyBurst * count, settings.refusedKeyRatePerSecond * count),
    /** Of what the bearers of one recipient's access key may send. */
    share: {
      messages: rated(senderShare, Math.min(1, count / NETWORKS_IN_SHARE)),
      bytes: over(HOUR_MS, senderShare.bytes * Math.min(1, count / NETWORKS_IN_SHARE)),
    },
  });
  return {
    sender: {
      messages: tokenBucket(settings.sendBurst, settings.sendRatePerSecond),
      bytes: over(HOUR_MS, settings.senderBytesPerHour),
    },
    recipient: {
      bytes: over(HOUR_MS, recipientBytes),
      messages: tokenBucket(settings.recipientBurst, settings.recipientRatePerSecond),
      messagesOfSender: rated(senderShare, 1),
      bytesOfAccessKey: over(HOUR_MS, senderShare.bytes),
    },
    queue: {
      messages: over(settings.messageTtlMs, settings.maxQueueMessages),
      bytes: over(settings.messageTtlMs, settings.maxQueueBytes),
      messagesOfSender: over(settings.messageTtlMs, settings.maxQueueMessages / SENDERS_IN_QUEUE),
      bytesOfSender: over(settings.messageTtlMs, settings.maxQueueBytes / SENDERS_IN_QUEUE),
    },
    user: {
      pull: tokenBucket(settings.pullBurst, settings.pullRatePerSecond),
      ack: tokenBucket(settings.ackBurst, settings.ackRatePerSecond),
      device: tokenBucket(settings.deviceBurst, settings.deviceRatePerSecond),
      handshake: tokenBucket(settings.handshakeBurst, settings.handshakeRatePerSecond),
    },
    network: ofNetworks(1),
    unknownNetwork: ofNetworks(NETWORKS_IN_UNKNOWN),
  };
}

function rated({ burst, rate }: { burst: number; rate: number }, part: number): TokenBucket {
  return tokenBucket(Math.max(1, burst * part), rate * part);
}

/** A bucket that an attempt can take `tokens` from at once, and that refills over the time given. */
function over(ms: number, tokens: number): TokenBucket {
  const capacity = Math.max(1, tokens);
  return { capacity, msPerToken: ms / capacity };
}
