import type { Clock } from "@dumbwaiter/core";

/** The longest delay of Node's timers; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Calls back a grace period after a token has expired, unless the token is replaced first. */
export class TokenTimer {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;
  #begun = 0;
  #replaced = 0;

  constructor(clock: Clock, graceMs: number, expired: () => void) {
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#expired = expired;
  }

  /**
   * Call it when a new token comes, and what it returns once the token is verified. Of several tokens the one that came
   * last counts, in whichever order they are verified.
   */
  beginReplacement(): (expiresAt: number) => void {
    this.#begun += 1;
    const number = this.#begun;
    return (expiresAt) => {
      if (number < this.#replaced) return;
      this.#replaced = number;
      this.set(expiresAt);
    };
  }

  /** @param expiresAt milliseconds since the epoch */
  set(expiresAt: number): void {
    this.stop();
    const left = expiresAt + this.#graceMs - this.#clock.now();
    this.#timer = setTimeout(
      () => (left > MAX_TIMEOUT_MS ? this.set(expiresAt) : this.#expired()),
      Math.min(Math.max(left, 0), MAX_TIMEOUT_MS),
    ).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
