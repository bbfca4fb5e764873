import { type TokenBucket, take, waitMs } from "./token-bucket.ts";

/** What an attempt takes from one bucket. */
export interface Charge {
  readonly key: string;
  readonly bucket: TokenBucket;
  /** Tokens; a negative number gives tokens back, and is never refused. */
  readonly cost: number;
  /**
   * `whileLow`: counts only while less than half is left in the bucket of the charge before.
   * `inStep`: gives back the part that the charge before gives back, whatever its own cost.
   */
  readonly mode?: "whileLow" | "inStep";
}

/** What gives back what a charge took. */
export function refundOf(charge: Charge): Charge {
  return { ...charge, cost: -Math.min(charge.cost, charge.bucket.capacity) };
}

/** Why an attempt takes nothing: the charge to wait for, and how long. */
export interface Refusal {
  readonly charge: Charge;
  readonly waitMs: number;
}

interface Settlement {
  readonly refusal?: Refusal;
  /** For each charge, the new state of its bucket: the time at which it is full. Undefined if it does not change. */
  readonly changes: readonly (number | undefined)[];
}

/**
 * Settles the charges of one attempt by the rules that every adapter of `TokenBuckets` follows.
 *
 * @param states of the charges' buckets, in the same order
 */
export function settle(
  charges: readonly Charge[],
  states: readonly (number | undefined)[],
  now: number,
): Settlement {
  let refusal: Refusal | undefined;
  let low = false;
  let left = 1;
  const changes = charges.map((charge, index) => {
    const { bucket, cost, mode } = charge;
    if (mode === "whileLow" && !low) return undefined;
    const fullAt = Math.max(states[index] ?? now, now);
    const wait = cost > 0 ? waitMs(bucket, fullAt, now) : 0;
    if (wait > (refusal?.waitMs ?? 0)) refusal = { charge, waitMs: wait };
    const after = mode === "inStep" ? now + (fullAt - now) * left : take(bucket, fullAt, now, cost);
    low = fullAt - now > (bucket.capacity * bucket.msPerToken) / 2;
    left = fullAt > now ? Math.max(0, after - now) / (fullAt - now) : 0;
    return after;
  });
  return refusal === undefined ? { changes } : { refusal, changes: [] };
}
