import { setTimeout as sleep } from "node:timers/promises";
import { jittered } from "@dumbwaiter/core";
import { LeaderLease, type LeaderLeaseOptions } from "./leader-lease.ts";

/** Whether this process may write, and for how long. */
export interface Leadership {
  /** Aborts when the leadership ends. */
  readonly signal: AbortSignal;
  /** How long this process may still write, in ms. @throws NotLeadingError if it may not */
  remainingMs(): number;
}

export class NotLeadingError extends Error {
  override readonly name = "NotLeadingError";

  constructor() {
    super("This process is not the leader");
  }
}

interface LeaderElectionOptions extends Omit<LeaderLeaseOptions, "timeoutMs"> {
  /** This process leads from now on. */
  readonly onLeading: () => void;
  /** This process no longer leads. Resolves once none of its work is under way. */
  readonly onLost: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** The leader stops writing after this share of the lease, before others may take it. */
const TERM_SHARE = 2 / 3;
/** Between two attempts; {@link jittered} shortens it to three quarters on average. */
const RETRY_SHARE = 1 / 5.25;

/**
 * Of several processes one leads: the holder of the leader lease. A term ends on time after two thirds of the lease
 * without a renewal, whatever the API server does, while others wait for the whole lease.
 */
export class LeaderElection implements Leadership {
  readonly #options: LeaderElectionOptions;
  readonly #lease: LeaderLease;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #term: AbortController | undefined;
  /** Ends the term on time even if a renewal is under way. */
  #expiry: NodeJS.Timeout | undefined;
  /** When the last successful renewal was started, on both clocks: the monotonic one stops while a machine sleeps. */
  #renewedAt = { monotonic: 0, wall: 0 };

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#lease = new LeaderLease({ ...options, timeoutMs: (options.leaseMs * TERM_SHARE) / 2 });
  }

  get signal(): AbortSignal {
    if (this.#term === undefined) throw new NotLeadingError();
    return this.#term.signal;
  }

  remainingMs(): number {
    const remaining = this.#term === undefined ? 0 : this.#remainingMs();
    if (remaining <= 0) throw new NotLeadingError();
    return remaining;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the term and releases the lease, so that another process leads at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    if (this.#term === undefined) return;
    await this.#endTerm();
    await this.#lease.release().catch(this.#options.onError);
  }

  async #run(): Promise<void> {
    const { leaseMs, onLeading, onError } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        const startedAt = { monotonic: performance.now(), wall: Date.now() };
        const isHeld = await this.#lease.tryHold();
        if (isHeld) this.#renewedAt = startedAt;
        // An expired term has aborted its writes: it must end before a new one begins.
        if (!isHeld || this.#term?.signal.aborted) await this.#endTerm();
        else if (this.#term === undefined) {
          this.#term = new AbortController();
          this.#expireOnTime(this.#term);
          onLeading();
        } else this.#expireOnTime(this.#term);
      } catch (error) {
        onError(error);
      }
      await this.#pause(jittered(leaseMs * RETRY_SHARE));
    }
  }

  /** Waits, but not beyond the end of the term. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    const waitMs = this.#term === undefined ? ms : Math.max(0, Math.min(ms, this.#remainingMs()));
    await sleep(waitMs, undefined, { signal }).catch(() => {});
    if (this.#term !== undefined && this.#remainingMs() <= 0) await this.#endTerm();
  }

  #expireOnTime(term: AbortController): void {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => term.abort(new NotLeadingError()), this.#remainingMs());
  }

  async #endTerm(): Promise<void> {
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    clearTimeout(this.#expiry);
    term.abort(new NotLeadingError());
    await this.#options.onLost();
  }

  #remainingMs(): number {
    const { monotonic, wall } = this.#renewedAt;
    const elapsed = Math.max(performance.now() - monotonic, Date.now() - wall);
    return this.#options.leaseMs * TERM_SHARE - elapsed;
  }
}
