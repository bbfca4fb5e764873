export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** A random time between half and all of `ms`, so that many clients do not retry in step. */
export function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}

/**
 * The pause before a retry: it doubles with each failure up to a limit, and is jittered.
 *
 * Not `p-retry` or `exponential-backoff`: most callers need only the pause, and the jitter of the former ends at the
 * limit, where many clients meet, while that of the latter goes down to no pause at all.
 *
 * @param failures how many came before this one
 */
export function backoffMs({ firstMs, maxMs }: BackoffOptions, failures: number): number {
  return jittered(Math.min(maxMs, firstMs * 2 ** Math.max(0, failures)));
}
