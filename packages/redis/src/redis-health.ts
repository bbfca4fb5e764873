import { withDeadline } from "./deadline.ts";

export interface RedisState {
  readonly up: boolean;
  /** Why it is not up. */
  readonly cause?: Error;
}

const DEADLINE_MS = 4_000;

/** Checks now and then, and soon after `checkSoon`; tells when the outcome changes. */
export class RedisHealth {
  readonly #check: () => Promise<void>;
  readonly #intervalMs: number;
  readonly #onChange: (state: RedisState) => void;
  readonly #firstUp = Promise.withResolvers<void>();
  #state: RedisState | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #again = false;
  #stopped = false;

  constructor(check: () => Promise<void>, intervalMs: number, onChange: (state: RedisState) => void) {
    this.#check = check;
    this.#intervalMs = intervalMs;
    this.#onChange = onChange;
  }

  get state(): RedisState {
    return this.#state ?? { up: false };
  }

  /** Resolves once Redis was up for the first time, or after that time. */
  async waitUntilUp(ms: number): Promise<void> {
    await withDeadline(this.#firstUp.promise, ms).catch(() => {});
  }

  /** Call it when a connection has come or gone. */
  checkSoon(): void {
    if (this.#running) this.#again = true;
    else void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#running = true;
    this.#again = false;
    const state = await withDeadline(this.#check(), DEADLINE_MS).then(
      () => ({ up: true }),
      (cause) => ({ up: false, cause }),
    );
    this.#running = false;
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#run(), this.#again ? 50 : this.#intervalMs);
    if (state.up) this.#firstUp.resolve();
    const changed = state.up !== this.#state?.up;
    this.#state = state;
    if (changed) this.#onChange(state);
  }
}
