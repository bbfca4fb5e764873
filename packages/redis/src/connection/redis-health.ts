import { withDeadline } from "./deadline.ts";
import { MissingRightsError } from "./redis-rights.ts";

export interface RedisState {
  readonly up: boolean;
  /** Why it is down. */
  readonly cause?: Error;
}

const DEADLINE_MS = 4_000;

/** Connections that open or close together cause one check. */
const SOON_MS = 50;

/** Checks at intervals, and soon after `checkSoon`; reports when the outcome changes, or the rights that are missing. */
export class RedisHealth {
  readonly #check: () => Promise<void>;
  readonly #intervalMs: number;
  readonly #onChange: (state: RedisState) => void;
  readonly #settled = Promise.withResolvers<void>();
  #state: RedisState = { up: false };
  #reported: RedisState | undefined;
  #graceOver = false;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #again = false;
  #stopped = false;

  constructor(check: () => Promise<void>, intervalMs: number, onChange: (state: RedisState) => void) {
    this.#check = check;
    this.#intervalMs = intervalMs;
    this.#onChange = onChange;
  }

  /** As of the last check. */
  get state(): RedisState {
    return this.#state;
  }

  /** Resolves once all is up or refused, or after the time that connecting may take before it counts as an outage. */
  async start(graceMs: number): Promise<void> {
    this.checkSoon();
    await withDeadline(this.#settled.promise, graceMs).catch(() => {});
    this.#graceOver = true;
    this.#report();
  }

  /** Call it when a connection opens or closes. */
  checkSoon(): void {
    if (this.#running) this.#again = true;
    else this.#schedule(SOON_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#run(), ms);
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#again = false;
    this.#state = await withDeadline(this.#check(), DEADLINE_MS).then(
      () => ({ up: true }),
      (cause) => ({ up: false, cause }),
    );
    this.#running = false;
    this.#schedule(this.#again ? SOON_MS : this.#intervalMs);
    if (this.#state.up || this.#state.cause instanceof MissingRightsError) this.#settled.resolve();
    this.#report();
  }

  #report(): void {
    if (this.#stopped || !(this.#state.up || this.#graceOver)) return;
    if (this.#reported !== undefined && kindOf(this.#state) === kindOf(this.#reported)) return;
    this.#reported = this.#state;
    this.#onChange(this.#state);
  }
}

function kindOf({ up, cause }: RedisState): string {
  return cause instanceof MissingRightsError ? cause.rules.join() : String(up);
}
