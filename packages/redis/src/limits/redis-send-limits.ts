import {
  RateLimitedError,
  type SendAttempt,
  type SendLimitSettings,
  type SendLimits,
  sendBuckets,
  senderHash,
  type TokenBucket,
} from "@dumbwaiter/core";
import { withDeadline } from "../connection/deadline.ts";
import { LuaScript } from "../connection/lua-script.ts";
import type { RedisCommands } from "../connection/redis-commands.ts";

/** Limits that cannot be read delay a send by this much at most. */
const DEADLINE_MS = 250;

/** Attempts per script, few enough that Redis is busy with it for about a millisecond at most. */
const MAX_ATTEMPTS = 100;

/**
 * The arithmetic of core's token bucket, by Redis's clock, for several attempts in turn. ARGV contains the number of
 * buckets per attempt, the capacity and msPerToken of each, and then the cost for each of KEYS, attempt by attempt.
 * An attempt takes from all of its buckets or, when one is used up, from none. Returns the milliseconds that each
 * attempt has to wait. A negative cost is a refund and is never refused. A full bucket has no key.
 */
const TAKE = new LuaScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local buckets = tonumber(ARGV[1])
local waits = {}
for first = 0, #KEYS - buckets, buckets do
  local fullAt, wait = {}, 0
  for i = 1, buckets do
    local capacity, msPerToken = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
    local cost = tonumber(ARGV[1 + 2 * buckets + first + i])
    local before = math.max(tonumber(redis.call('GET', KEYS[first + i]) or now), now)
    fullAt[i] = before + math.min(cost, capacity) * msPerToken
    if cost > 0 then wait = math.max(wait, math.ceil(before - now - (capacity - 1) * msPerToken - 0.001)) end
  end
  if wait <= 0 then
    for i = 1, buckets do
      if fullAt[i] > now then
        redis.call('SET', KEYS[first + i], string.format('%.3f', fullAt[i]), 'PX', math.ceil(fullAt[i] - now))
      else
        redis.call('DEL', KEYS[first + i])
      end
    end
  end
  waits[#waits + 1] = wait
end
return waits`);

/** Buckets and the cost for each. */
interface Charges {
  readonly keys: readonly string[];
  readonly costs: readonly number[];
}

interface Waiting extends Charges {
  /** @param waitMs undefined when the limits could not be read */
  decide(waitMs: number | undefined): void;
}

/**
 * Limits kept in Redis. The attempts of one turn of the event loop share a script call. In a cluster, a sender's and a
 * recipient's buckets are in different slots, so each attempt is checked separately.
 */
export class RedisSendLimits implements SendLimits {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;
  readonly #ofSender: readonly TokenBucket[];
  readonly #ofRecipient: readonly TokenBucket[];
  readonly #onUnavailable: () => void;
  #waiting: Waiting[] = [];

  constructor(
    commands: RedisCommands,
    keyPrefix: string,
    settings: SendLimitSettings,
    onUnavailable: () => void,
  ) {
    const { senderMessages, senderBytes, recipientBytes } = sendBuckets(settings);
    this.#commands = commands;
    this.#keyPrefix = keyPrefix;
    this.#ofSender = [senderMessages, senderBytes];
    this.#ofRecipient = [recipientBytes];
    this.#onUnavailable = onUnavailable;
  }

  async admit({ sender, recipient, bytes }: SendAttempt): Promise<void> {
    const from = `${this.#keyPrefix}dumbwaiter:sender:{${senderHash(sender)}}`;
    const ofSender = { keys: [`${from}:messages`, `${from}:bytes`], costs: [1, bytes] };
    const ofRecipient = {
      keys: [`${this.#keyPrefix}dumbwaiter:recipient:{${recipient}}:bytes`],
      costs: [bytes],
    };
    const waitMs = this.#commands.isCluster
      ? await withDeadline(this.#takeInTurn(ofSender, ofRecipient), DEADLINE_MS).catch(() => undefined)
      : await this.#takeTogether({
          keys: [...ofSender.keys, ...ofRecipient.keys],
          costs: [...ofSender.costs, ...ofRecipient.costs],
        });
    if (waitMs === undefined) this.#onUnavailable();
    else if (waitMs > 0) throw new RateLimitedError(waitMs);
  }

  #takeTogether(charges: Charges): Promise<number | undefined> {
    return new Promise((decide) => {
      if (this.#waiting.push({ ...charges, decide }) === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let start = 0; start < waiting.length; start += MAX_ATTEMPTS) {
      void this.#decide(waiting.slice(start, start + MAX_ATTEMPTS));
    }
  }

  async #decide(attempts: readonly Waiting[]): Promise<void> {
    const buckets = [...this.#ofSender, ...this.#ofRecipient];
    const waits = await withDeadline(this.#take(buckets, attempts), DEADLINE_MS).catch(() => undefined);
    attempts.forEach(({ decide }, index) => void decide(waits?.[index]));
  }

  /** The sender first, so that one over a limit takes nothing from a recipient. */
  async #takeInTurn(ofSender: Charges, ofRecipient: Charges): Promise<number> {
    const [senderWaitMs = 0] = await this.#take(this.#ofSender, [ofSender]);
    if (senderWaitMs > 0) return senderWaitMs;
    const [recipientWaitMs = 0] = await this.#take(this.#ofRecipient, [ofRecipient]);
    if (recipientWaitMs > 0) {
      await this.#take(this.#ofSender, [{ ...ofSender, costs: ofSender.costs.map((cost) => -cost) }]);
    }
    return recipientWaitMs;
  }

  /** @returns for each attempt how long it has to wait */
  async #take(buckets: readonly TokenBucket[], attempts: readonly Charges[]): Promise<number[]> {
    const keys = attempts.flatMap((attempt) => attempt.keys);
    const args = [
      buckets.length,
      ...buckets.flatMap(({ capacity, msPerToken }) => [capacity, msPerToken]),
      ...attempts.flatMap(({ costs }) => costs),
    ];
    return (await TAKE.run(this.#commands, keys, args)) as number[];
  }
}
