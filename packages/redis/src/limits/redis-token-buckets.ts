import { type Charge, chunksOf, type Refusal, refundOf, type TokenBuckets } from "@dumbwaiter/core";
import { withDeadline } from "../connection/deadline.ts";
import { keyName } from "../connection/key-name.ts";
import { LuaScript } from "../connection/lua-script.ts";
import type { RedisCommands } from "../connection/redis-commands.ts";
import { BucketCopies } from "./bucket-copies.ts";

/** Limits that cannot be read delay a call by this much at most. */
const DEADLINE_MS = 250;

/** Charges per script, few enough that Redis is busy with it for about a millisecond at most. */
const MAX_CHARGES = 300;

/** For how long a process keeps from Redis what it took by itself, and loses when it crashes or the payment fails. */
const DEBT_MS = 100;

const MODES = { always: 0, whileLow: 1, inStep: 2, owed: 3 };

/**
 * The arithmetic of core's `settle`, by Redis's clock, for several attempts in turn. For each attempt ARGV has the
 * number of its charges, and then for each of these, whose buckets are KEYS in order: capacity, msPerToken, cost and
 * mode; what is owed is taken in any case. Returns for each attempt the milliseconds that it has to wait, and for which
 * of its charges; and then for each charge in how many microseconds the bucket will be full, or -1 if it was not read.
 * A full bucket has no key.
 */
const TAKE = new LuaScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local answers, key, arg = {}, 0, 1
while key < #KEYS do
  local count, before, after, wait, blamed = tonumber(ARGV[arg]), {}, {}, 0, 0
  local low, left = false, 1
  arg = arg + 1
  for i = 1, count do
    local capacity, msPerToken = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1])
    local cost, mode = tonumber(ARGV[arg + 2]), tonumber(ARGV[arg + 3])
    arg = arg + 4
    if mode ~= ${MODES.whileLow} or low then
      local fullAt = math.max(tonumber(redis.call('GET', KEYS[key + i]) or now), now)
      local needed = math.ceil(fullAt - now - (capacity - 1) * msPerToken - 0.001)
      before[i] = fullAt
      if cost > 0 and mode ~= ${MODES.owed} and needed > wait then wait, blamed = needed, i end
      if mode == ${MODES.inStep} then
        after[i] = now + (fullAt - now) * left
      else
        after[i] = fullAt + math.min(cost, capacity) * msPerToken
      end
      low = fullAt - now > capacity * msPerToken / 2
      left = fullAt > now and math.max(0, after[i] - now) / (fullAt - now) or 0
    end
  end
  if wait == 0 then
    for i, fullAt in pairs(after) do
      if fullAt > now then
        redis.call('SET', KEYS[key + i], string.format('%.3f', fullAt), 'PX', math.ceil(fullAt - now))
      else
        redis.call('DEL', KEYS[key + i])
      end
    end
  end
  answers[#answers + 1] = wait
  answers[#answers + 1] = blamed
  local states = wait == 0 and after or before
  for i = 1, count do
    answers[#answers + 1] = states[i] and math.ceil(math.max(0, states[i] - now) * 1000) or -1
  end
  key = key + count
end
return answers`);

type Attempt = readonly Charge[];

interface Waiting {
  readonly attempt: Attempt;
  /** @param refusal `unknown` when the buckets could not be read */
  decide(refusal: Refusal | "unknown" | undefined): void;
}

/**
 * Buckets in Redis, each one key. Most attempts are decided by copies of the buckets: see {@link BucketCopies}. The
 * others of one turn of the event loop share a script call. In a cluster, the groups of an attempt are in different
 * slots, so each group is checked separately, and what an earlier one took is given back when a later one refuses.
 */
export class RedisTokenBuckets implements TokenBuckets {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;
  readonly #onUnavailable: () => void;
  readonly #deadlineMs: number;
  readonly #copies = new BucketCopies();
  #waiting: Waiting[] = [];
  #paying: NodeJS.Timeout | undefined;

  constructor(
    commands: RedisCommands,
    keyPrefix: string,
    onUnavailable: () => void,
    deadlineMs = DEADLINE_MS,
  ) {
    this.#commands = commands;
    this.#keyPrefix = keyPrefix;
    this.#onUnavailable = onUnavailable;
    this.#deadlineMs = deadlineMs;
  }

  async take(groups: readonly Attempt[]): Promise<Refusal | undefined> {
    const decision = this.#copies.decide(groups.flat());
    if (this.#copies.isInDebt) this.#paying ??= setTimeout(() => void this.#pay(), DEBT_MS).unref();
    if (decision === "admitted") return undefined;
    if (decision !== "ask") return decision;
    const refusal = this.#commands.isCluster
      ? await withDeadline(this.#takeInTurn(groups), this.#deadlineMs).catch(() => "unknown" as const)
      : await this.#takeTogether(groups.flat());
    if (refusal !== "unknown") return refusal;
    this.#onUnavailable();
    return undefined;
  }

  /** Tells Redis what it does not know yet, if it answers in time. */
  async close(): Promise<void> {
    clearTimeout(this.#paying);
    await this.#pay();
  }

  #takeTogether(attempt: Attempt): Promise<Refusal | "unknown" | undefined> {
    return new Promise((decide) => {
      if (this.#waiting.push({ attempt, decide }) === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let start = 0, end = 0; start < waiting.length; start = end) {
      let charges = 0;
      do charges += waiting[end++]?.attempt.length ?? 0;
      while (end < waiting.length && charges < MAX_CHARGES);
      void this.#decide(waiting.slice(start, end));
    }
  }

  async #decide(waiting: readonly Waiting[]): Promise<void> {
    const attempts = waiting.map(({ attempt }) => attempt);
    const refusals = await withDeadline(this.#run(attempts), this.#deadlineMs).catch(() => undefined);
    waiting.forEach(({ decide }, index) => void decide(refusals === undefined ? "unknown" : refusals[index]));
  }

  async #takeInTurn(groups: readonly Attempt[]): Promise<Refusal | undefined> {
    for (const [index, group] of groups.entries()) {
      const [refusal] = await this.#run([group]);
      if (refusal === undefined) continue;
      for (const taken of groups.slice(0, index)) {
        await this.#run([taken.map(refundOf)]);
      }
      return refusal;
    }
    return undefined;
  }

  /** What others may need to know is told to Redis even if nothing is asked. */
  async #pay(): Promise<void> {
    this.#paying = undefined;
    const owed = this.#copies.collect();
    const payments = this.#commands.isCluster
      ? [...Map.groupBy(owed, ([charge]) => /{.*}/.exec(charge?.key ?? "")?.[0]).values()]
      : chunksOf(owed, MAX_CHARGES, ({ length }) => length);
    const calls = payments.map((payment) => withDeadline(this.#call([], payment), this.#deadlineMs));
    await Promise.all(calls.map((call) => call.catch(() => this.#onUnavailable())));
  }

  /** @returns for each attempt why it is refused, if it is */
  #run(attempts: readonly Attempt[]): Promise<(Refusal | undefined)[]> {
    const keys = attempts.flatMap((attempt) => attempt.map(({ key }) => key));
    return this.#call(attempts, this.#copies.collect(keys));
  }

  async #call(attempts: readonly Attempt[], owed: readonly Attempt[]): Promise<(Refusal | undefined)[]> {
    const all = [...owed, ...attempts];
    const keys = all.flatMap((attempt) => attempt.map(({ key }) => keyName(this.#keyPrefix, key)));
    const args = all.flatMap((attempt, index) => [
      attempt.length,
      ...attempt.flatMap((charge) => asArguments(charge, index < owed.length ? "owed" : "always")),
    ]);
    const answers = await TAKE.run(this.#commands, keys, args).finally(() => this.#copies.settled(owed));
    return this.#read(all, answers as number[]).slice(owed.length);
  }

  #read(attempts: readonly Attempt[], answers: number[]): (Refusal | undefined)[] {
    let next = 0;
    return attempts.map((attempt) => {
      const [waitMs = 0, blamed = 0] = answers.slice(next, next + 2);
      next += 2;
      for (const charge of attempt) {
        const fullInUs = answers[next++] ?? -1;
        if (fullInUs >= 0) this.#copies.heard(charge, fullInUs / 1000);
      }
      const charge = attempt[blamed - 1];
      const refusal = charge && { charge, waitMs };
      if (refusal) this.#copies.refused(refusal);
      return refusal;
    });
  }
}

function asArguments({ bucket, cost, mode }: Charge, otherwise: "owed" | "always"): number[] {
  return [bucket.capacity, bucket.msPerToken, cost, MODES[mode ?? otherwise]];
}
