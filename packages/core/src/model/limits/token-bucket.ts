/**
 * A bucket that holds `capacity` tokens and regains one every `msPerToken`. Its whole state is one number, the time
 * at which it will be full again (milliseconds since the epoch); a time that has passed, or none, means full.
 *
 * One token lets an attempt pass, whatever it costs; the rest is a debt that is repaid before the next attempt. So
 * small attempts that keep the bucket low never starve a large one, and an attempt larger than the bucket still
 * passes. It costs at most a whole bucket, so no wait is longer than an empty bucket takes to fill.
 */
export interface TokenBucket {
  readonly capacity: number;
  readonly msPerToken: number;
}

export function tokenBucket(capacity: number, tokensPerSecond: number): TokenBucket {
  return { capacity, msPerToken: 1000 / tokensPerSecond };
}

/** Covers the rounding of times this large, so that waiting exactly the stated time is enough. */
const ROUNDING_MS = 0.001;

/** @returns how long to wait until an attempt passes, in whole milliseconds; 0 when it passes now */
export function waitMs(
  { capacity, msPerToken }: TokenBucket,
  fullAt: number | undefined,
  now: number,
): number {
  if (fullAt === undefined) return 0;
  return Math.max(0, Math.ceil(fullAt - now - (capacity - 1) * msPerToken - ROUNDING_MS));
}

/** @returns the new state after an attempt that passed */
export function take(
  { capacity, msPerToken }: TokenBucket,
  fullAt: number | undefined,
  now: number,
  cost: number,
): number {
  return Math.max(fullAt ?? now, now) + Math.min(cost, capacity) * msPerToken;
}
