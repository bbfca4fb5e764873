export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Between half of it and all of it, so that many clients do not come back in step. */
export function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}

/**
 * The pause before a retry: it doubles with each failure up to a limit, and is jittered.
 *
 * Not `p-retry` or `exponential-backoff`: most callers hand the pause to a client of their own, and neither library
 * jitters as we need it: the first not at its limit, the second down to no pause at all.
 *
 * @param failures how many came before this one
 */
export function backoffMs({ firstMs, maxMs }: BackoffOptions, failures: number): number {
  return jittered(Math.min(maxMs, firstMs * 2 ** Math.max(0, failures)));
}
