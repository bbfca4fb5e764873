import { MAX_TIMER_MS, pause, retryDelayMs, within } from "../backoff.ts";
import { asError, DumbwaiterError } from "../error.ts";

/**
 * Acknowledgements are gathered for this long, or until there are so many: well before the server's window is full,
 * unless its MAX_UNACKED is 64 or less. Such a window is full until the time is over.
 */
const GATHER_MS = 100;
const ENOUGH = 64;
const MAX_BATCH = 500;

interface AckSenderOptions {
  /** Resolves once the server has deleted these. */
  deliver(ids: readonly string[]): Promise<void>;
  confirmed(ids: readonly string[]): Promise<void>;
  failed(error: DumbwaiterError): void;
}

/** Gathers acknowledgements and sends them, one batch at a time, again and again until each is confirmed. */
export class AckSender {
  readonly #options: AckSenderOptions;
  #pending = new Set<string>();
  #sending: Promise<DumbwaiterError | undefined> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #stopped = false;

  constructor(options: AckSenderOptions) {
    this.#options = options;
  }

  /** @param graceMs a time in which the connection may come; without it, only so long that more may come */
  add(ids: Iterable<string>, graceMs?: number): void {
    const before = this.#pending.size;
    for (const id of ids) this.#pending.add(id);
    const isEnough = before < ENOUGH && this.#pending.size >= ENOUGH;
    if (isEnough && graceMs === undefined && this.#failures === 0) this.retryNow();
    else this.#schedule(graceMs ?? GATHER_MS);
  }

  /** A reason to wait longer is gone: the connection is back. */
  retryNow(): void {
    this.#failures = 0;
    this.#clearTimer();
    this.#schedule(0);
  }

  /** Resolves once everything is confirmed. @throws DumbwaiterError why the last attempt within the time failed */
  async flush(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (this.#sending || this.#pending.size > 0) {
      const left = deadline - performance.now();
      const error = await within(this.#sending ?? this.#send(), left, signal, () => {
        return new DumbwaiterError("timeout", "The acknowledgements were not confirmed in time");
      });
      if (!error) continue;
      const delayMs = retryDelayMs(this.#failures - 1, error.retryAfterMs);
      if (performance.now() + delayMs > deadline) throw error;
      await pause(delayMs, signal);
    }
  }

  /** Leaves no timer. */
  stop(): void {
    this.#stopped = true;
    this.#clearTimer();
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(ms: number): void {
    if (this.#stopped || this.#sending || this.#timer !== undefined || this.#pending.size === 0) return;
    this.#timer = setTimeout(
      () => {
        void this.#send();
      },
      Math.min(ms, MAX_TIMER_MS),
    );
  }

  #send(): Promise<DumbwaiterError | undefined> {
    this.#clearTimer();
    const batch = [...this.#pending].slice(0, MAX_BATCH);
    // One that comes again meanwhile is acknowledged again.
    for (const id of batch) this.#pending.delete(id);
    this.#sending = this.#deliver(batch).then((error) => {
      this.#sending = undefined;
      if (error) this.#schedule(retryDelayMs(this.#failures++, error.retryAfterMs));
      else this.#schedule(this.#pending.size >= ENOUGH ? 0 : GATHER_MS);
      return error;
    });
    return this.#sending;
  }

  /** @returns why it failed */
  async #deliver(batch: readonly string[]): Promise<DumbwaiterError | undefined> {
    const { deliver, confirmed, failed } = this.#options;
    try {
      await deliver(batch);
    } catch (thrown) {
      const error = asError(thrown, "network", "The acknowledgement failed");
      this.#pending = new Set([...batch, ...this.#pending]);
      failed(error);
      return error;
    }
    this.#failures = 0;
    // If this is not recorded, the next life of the store acknowledges once more.
    await confirmed(batch).catch((error) => failed(asError(error, "store_failed", "not recorded")));
    return undefined;
  }
}
