const BASE_MS = 500;
const MAX_MS = 10_000;

/** Node's and browsers' timers fire at once beyond it. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * How long to wait before a retry: what the server asked for, and on top of it a random part of 0.5, 1, 2, … at most
 * 10 s, so that clients that failed together do not return together.
 *
 * @param failures how many attempts in a row have failed before the last
 */
export function retryDelayMs(failures: number, retryAfterMs = 0): number {
  return retryAfterMs + Math.random() * Math.min(MAX_MS, BASE_MS * 2 ** failures);
}

/** @throws the signal's reason once it aborts */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return within(new Promise<void>(() => {}), ms, signal, () => undefined);
}

/**
 * Settles as the promise does, unless the time is over first, or the signal aborts. Leaves neither a timer nor a
 * listener.
 *
 * @param late called when the time is over: it returns or throws the result
 * @throws the signal's reason once it aborts
 */
export function within<T>(
  promise: Promise<T>,
  ms: number,
  signal: AbortSignal | undefined,
  late: () => T,
): Promise<T> {
  let cleanUp = () => {};
  const limits = new Promise<T>((resolve, reject) => {
    const aborted = () => reject(signal?.reason);
    const timer = setTimeout(
      () => {
        try {
          resolve(late());
        } catch (error) {
          reject(error);
        }
      },
      Math.min(Math.max(ms, 0), MAX_TIMER_MS),
    );
    cleanUp = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
    };
    if (signal?.aborted) aborted();
    else signal?.addEventListener("abort", aborted);
  });
  return Promise.race([promise, limits]).finally(() => cleanUp());
}
