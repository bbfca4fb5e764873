import {
  RateLimitedError,
  type SendAttempt,
  type SendBuckets,
  type SendLimitSettings,
  type SendLimits,
  sendBuckets,
  senderHash,
  type TokenBucket,
} from "@dumbwaiter/core";
import { withDeadline } from "./deadline.ts";
import { LuaScript } from "./lua-script.ts";
import type { RedisCommands } from "./redis-commands.ts";

/** A send is not held up for longer than this by limits that cannot be read. */
const DEADLINE_MS = 250;

/**
 * The arithmetic of core's token bucket, by the clock of Redis. KEYS are buckets, ARGV their capacity, msPerToken
 * and cost. Takes from all of them or, when one is used up, from none, and returns the milliseconds to wait. A
 * negative cost gives back and is never refused. A bucket that is full has no key.
 */
const TAKE = new LuaScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local fullAt, wait = {}, 0
for i, key in ipairs(KEYS) do
  local capacity, msPerToken, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local before = math.max(tonumber(redis.call('GET', key) or now), now)
  fullAt[i] = before + math.min(cost, capacity) * msPerToken
  if cost > 0 then wait = math.max(wait, math.ceil(before - now - (capacity - 1) * msPerToken - 0.001)) end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  if fullAt[i] > now then
    redis.call('SET', key, string.format('%.3f', fullAt[i]), 'PX', math.ceil(fullAt[i] - now))
  else
    redis.call('DEL', key)
  end
end
return 0`);

interface Charge {
  readonly key: string;
  readonly bucket: TokenBucket;
  readonly cost: number;
}

/** Limits kept in Redis. In a cluster a sender's buckets and a recipient's live in slots of their own. */
export class RedisSendLimits implements SendLimits {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;
  readonly #buckets: SendBuckets;
  readonly #onUnavailable: () => void;

  constructor(
    commands: RedisCommands,
    keyPrefix: string,
    settings: SendLimitSettings,
    onUnavailable: () => void,
  ) {
    this.#commands = commands;
    this.#keyPrefix = keyPrefix;
    this.#buckets = sendBuckets(settings);
    this.#onUnavailable = onUnavailable;
  }

  async admit(attempt: SendAttempt): Promise<void> {
    const waitMs = await withDeadline(this.#charge(attempt), DEADLINE_MS).catch(() => {
      this.#onUnavailable();
      return 0;
    });
    if (waitMs > 0) throw new RateLimitedError(waitMs);
  }

  async #charge({ sender, recipient, bytes }: SendAttempt): Promise<number> {
    const { senderMessages, senderBytes, recipientBytes } = this.#buckets;
    const from = `${this.#keyPrefix}dumbwaiter:sender:{${senderHash(sender)}}`;
    const ofSender: Charge[] = [
      { key: `${from}:messages`, bucket: senderMessages, cost: 1 },
      { key: `${from}:bytes`, bucket: senderBytes, cost: bytes },
    ];
    const ofRecipient: Charge[] = [
      {
        key: `${this.#keyPrefix}dumbwaiter:recipient:{${recipient}}:bytes`,
        bucket: recipientBytes,
        cost: bytes,
      },
    ];
    if (!this.#commands.isCluster) return await this.#take([...ofSender, ...ofRecipient]);
    // The sender first, so that one who is over a limit never touches a recipient.
    const senderWaitMs = await this.#take(ofSender);
    if (senderWaitMs > 0) return senderWaitMs;
    const recipientWaitMs = await this.#take(ofRecipient);
    if (recipientWaitMs > 0) await this.#take(ofSender.map((charge) => ({ ...charge, cost: -charge.cost })));
    return recipientWaitMs;
  }

  async #take(charges: readonly Charge[]): Promise<number> {
    const keys = charges.map(({ key }) => key);
    const args = charges.flatMap(({ bucket, cost }) => [bucket.capacity, bucket.msPerToken, cost]);
    return Number(await TAKE.run(this.#commands, keys, args));
  }
}
