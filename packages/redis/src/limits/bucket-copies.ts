import { type Charge, type Refusal, settle, waitMs } from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

/** The least recently used are forgotten: a bucket that nothing is known of counts as full. */
const MAX_COPIES = 20_000;

/** How much of a bucket this process takes before Redis hears of it. */
const ALLOWANCE = 1 / 8;

/** For so long at least, and at most, a bucket that was empty counts as empty: then some attempts pass at once. */
const MIN_EMPTY_MS = 20;
const MAX_EMPTY_MS = 100;

/** A timer may be early by so much: who has waited as long as told is not refused again. */
const EARLY_MS = 2;

/** What this process knows of a bucket. */
interface Copy {
  /** When it will be full, by performance.now(), with what was taken here. */
  fullAt: number;
  /** Tokens that were taken here, and that Redis has not confirmed. */
  taken: number;
  /** Until when attempts are refused without asking, */
  emptyUntil: number;
  /** and until when they would be refused. */
  refusedUntil: number;
}

/**
 * Copies of the buckets that a process uses, so that it need not ask Redis about each attempt. While a bucket is at
 * least half full, the process takes up to an eighth of it by itself, and owes that to Redis. So several processes may
 * admit more at once than a bucket holds, by an eighth of it each. But what they owe is taken in any case, and nothing
 * passes until it is repaid: the rate over time stays exact. While a bucket is known to be empty, the process refuses
 * by itself.
 */
export class BucketCopies {
  readonly #copies = new LRUCache<string, Copy>({ max: MAX_COPIES });
  readonly #owed = new Map<string, Charge>();
  /** What attempts gave back, by the first of the buckets that each gave to. */
  readonly #given = new Map<string, readonly Charge[]>();
  readonly #now: () => number;

  /** @param now in milliseconds */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  get isInDebt(): boolean {
    return this.#owed.size + this.#given.size > 0;
  }

  /** What the copies say of an attempt. What is admitted is taken from them, and owed. */
  decide(attempt: readonly Charge[]): Refusal | "admitted" | "ask" {
    const given = attempt.filter(({ cost }) => cost <= 0);
    if (given.length === 0) return this.#decide(attempt);
    // Only Redis knows whether the other bucket was low when the tokens were taken; and what is owed was taken before.
    if (given.some(({ key, mode }) => mode === "whileLow" || this.#owed.has(key))) return "ask";
    const decision = this.#decide(attempt.filter(({ cost }) => cost > 0));
    if (decision === "admitted") this.#give(given);
    return decision;
  }

  #decide(attempt: readonly Charge[]): Refusal | "admitted" | "ask" {
    const now = this.#now();
    const copies = attempt.map(({ key }) => this.#copies.get(key));
    const emptyAt = copies.findIndex((copy) => copy !== undefined && copy.emptyUntil > now + EARLY_MS);
    if (emptyAt >= 0) {
      const { refusedUntil } = copies[emptyAt] as Copy;
      return { charge: attempt[emptyAt] as Charge, waitMs: Math.ceil(refusedUntil - now) };
    }
    const states = copies.map((copy) => copy?.fullAt);
    const { refusal, changes } = settle(attempt, states, now);
    const takes = (index: number) => changes[index] !== undefined;
    if (refusal || attempt.some((each, index) => takes(index) && !mayTake(each, copies[index], now)))
      return "ask";
    attempt.forEach((each, index) => {
      if (takes(index)) this.#take(each, copies[index] ?? this.#copyOf(each, now), changes[index] as number);
    });
    return "admitted";
  }

  /**
   * Takes what is owed to the buckets with these keys, or to all, and what was given back to them. Tell {@link settled}
   * what has become of it.
   */
  collect(keys: Iterable<string> = new Set([...this.#owed.keys(), ...this.#given.keys()])): Charge[][] {
    const collected: Charge[][] = [];
    for (const key of keys) {
      const owed = this.#owed.get(key);
      const given = this.#given.get(key);
      if (given) collected.push([...given]);
      if (owed) collected.push([owed]);
      this.#owed.delete(key);
      this.#given.delete(key);
    }
    return collected;
  }

  /** Redis has what was collected, or will not have it: then it is forgotten. */
  settled(collected: readonly (readonly Charge[])[]): void {
    for (const { key, cost } of collected.flat()) {
      const copy = this.#copies.peek(key);
      if (copy && cost > 0) copy.taken -= cost;
    }
  }

  /** Redis says in how many milliseconds the bucket of the charge will be full. */
  heard(charge: Charge, fullInMs: number): void {
    const now = this.#now();
    const copy = this.#copyOf(charge, now);
    copy.fullAt = now + fullInMs + copy.taken * charge.bucket.msPerToken;
    if (waitMs(charge.bucket, copy.fullAt, now) === 0) copy.emptyUntil = 0;
  }

  /** Redis has refused an attempt. A bucket that counts only while another is low may not count next time. */
  refused({ charge, waitMs: ms }: Refusal): void {
    if (charge.mode !== undefined) return;
    const now = this.#now();
    const copy = this.#copyOf(charge, now);
    copy.refusedUntil = now + Math.max(ms, MIN_EMPTY_MS);
    copy.emptyUntil = Math.min(copy.refusedUntil, now + MAX_EMPTY_MS);
  }

  #give(charges: readonly Charge[]): void {
    const [first, ...others] = charges;
    if (first === undefined) return;
    const cost = first.cost + (this.#given.get(first.key)?.[0]?.cost ?? 0);
    this.#given.set(first.key, [{ ...first, cost }, ...others]);
    for (const { key } of charges) {
      const copy = this.#copies.peek(key);
      if (copy) copy.emptyUntil = 0;
    }
  }

  #copyOf({ key }: Charge, now: number): Copy {
    const known = this.#copies.get(key);
    if (known) return known;
    const copy = { fullAt: now, taken: 0, emptyUntil: 0, refusedUntil: 0 };
    this.#copies.set(key, copy);
    return copy;
  }

  #take({ key, bucket, cost }: Charge, copy: Copy, fullAt: number): void {
    const tokens = Math.min(cost, bucket.capacity);
    copy.fullAt = fullAt;
    copy.taken += tokens;
    this.#owed.set(key, { key, bucket, cost: tokens + (this.#owed.get(key)?.cost ?? 0) });
  }
}

function mayTake(
  { bucket: { capacity, msPerToken }, cost }: Charge,
  copy: Copy | undefined,
  now: number,
): boolean {
  const { fullAt = now, taken = 0 } = copy ?? {};
  const isHalfFull = fullAt - now <= (capacity * msPerToken) / 2;
  return isHalfFull && taken + Math.min(cost, capacity) <= capacity * ALLOWANCE;
}
