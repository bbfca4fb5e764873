import { pause, retryDelayMs } from "./backoff.ts";
import { asError, DumbwaiterError } from "./error.ts";
import type { CallOptions } from "./model.ts";

const DEFAULT_TIMEOUT_MS = 60_000;

interface Attempts<T> {
  /** Its URL, for people. */
  readonly server: string;
  readonly options: CallOptions;
  /** Ends the call with its reason. */
  readonly life: AbortSignal | undefined;
  /** @param signal aborts when the call is to end */
  attempt(signal: AbortSignal): Promise<T>;
  /** @returns whether another attempt may follow at once, whatever the time */
  recovers?(error: DumbwaiterError): boolean;
}

/**
 * Makes a call as often as it takes: retries what may succeed later, with full jitter and not before the server's
 * `Retry-After`.
 *
 * @throws DumbwaiterError the last failure; `aborted` or `closed`
 */
export async function retried<T>({ server, options, life, attempt, recovers }: Attempts<T>): Promise<T> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS, onRetry } = options;
  const deadline = performance.now() + timeoutMs;
  const end = new AbortController();
  const aborted = () => new DumbwaiterError("aborted", "Aborted", { cause: signal?.reason });
  const unfollow = [follow(signal, end, aborted), follow(life, end, () => life?.reason)];
  try {
    for (let failures = 0; ; failures++) {
      try {
        end.signal.throwIfAborted();
        return await attempt(end.signal);
      } catch (thrown) {
        end.signal.throwIfAborted();
        const error = asError(thrown, "network", `${server} could not be reached`);
        if (recovers?.(error)) continue;
        if (!error.retryable) throw error;
        const delayMs = retryDelayMs(failures, error.retryAfterMs);
        if (performance.now() + delayMs > deadline) throw error;
        onRetry?.(error);
        await pause(delayMs, end.signal);
      }
    }
  } finally {
    for (const stop of unfollow) stop();
  }
}

/** @returns what removes the listener */
export function follow(
  signal: AbortSignal | undefined,
  end: AbortController,
  reason: () => unknown,
): () => void {
  const aborted = () => end.abort(reason());
  if (signal?.aborted) aborted();
  else signal?.addEventListener("abort", aborted);
  return () => signal?.removeEventListener("abort", aborted);
}
