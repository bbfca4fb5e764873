import { RateLimitedError, UnavailableError, type UserId } from "@dumbwaiter/core";

export interface ByteBudgetOptions {
  readonly perUser: number;
  readonly perProcess: number;
  /** Calls that may wait for their bytes. */
  readonly waitingPerUser: number;
  readonly waitingPerProcess: number;
  readonly maxWaitMs: number;
  /** How long bytes may be held while others wait for the process's. */
  readonly patienceMs: number;
}

interface Share {
  readonly user: UserId;
  readonly bytes: number;
  /** Makes the holder give the bytes back soon. */
  readonly revoke: () => void;
}

interface Waiter extends Share {
  readonly granted: (giveBack: () => void) => void;
}

interface UserShares {
  held: number;
  waiting: number;
}

const RETRY_MS = 1_000;

/**
 * The bytes that calls under way may hold in memory: each user's, and the process's. A call that finds them used up
 * waits its turn, oldest first; a user's calls wait for that user's bytes only. When the process's are used up, who
 * has held bytes the longest has to give them back.
 */
export class ByteBudget {
  readonly #options: ByteBudgetOptions;
  readonly #users = new Map<UserId, UserShares>();
  /** Longest held first. */
  readonly #holders = new Map<Share, number>();
  readonly #waiters = new Set<Waiter>();
  #held = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ByteBudgetOptions) {
    this.#options = options;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /**
   * Resolves with a function that gives the bytes back, once they could be had.
   *
   * @throws RateLimitedError when the user's bytes stay used up, or too many of the user's calls wait
   * @throws UnavailableError when the process's do, or too many calls wait
   */
  async take(user: UserId, wanted: number, revoke: () => void): Promise<() => void> {
    const { perUser, waitingPerUser, waitingPerProcess, maxWaitMs } = this.#options;
    const share = { user, bytes: Math.min(wanted, perUser), revoke };
    if (this.#fitsUser(share) && this.#fitsProcess(share)) return this.#hold(share);
    if ((this.#users.get(user)?.waiting ?? 0) >= waitingPerUser) throw new RateLimitedError(RETRY_MS);
    if (this.#waiters.size >= waitingPerProcess) throw this.#exhausted();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#stopWaiting(waiter);
        reject(this.#fitsUser(waiter) ? this.#exhausted() : new RateLimitedError(RETRY_MS));
      }, maxWaitMs);
      const waiter: Waiter = {
        ...share,
        granted(giveBack) {
          clearTimeout(timer);
          resolve(giveBack);
        },
      };
      this.#waiters.add(waiter);
      this.#sharesOf(user).waiting += 1;
      this.#grant();
    });
  }

  #grant(): void {
    for (const waiter of this.#waiters) {
      if (!this.#fitsUser(waiter)) continue;
      if (!this.#fitsProcess(waiter)) {
        this.#revokeLongestHeld();
        return;
      }
      this.#stopWaiting(waiter);
      waiter.granted(this.#hold(waiter));
    }
  }

  #revokeLongestHeld(): void {
    const [longest] = this.#holders;
    if (longest === undefined || this.#timer !== undefined) return;
    const [{ revoke }, since] = longest;
    const patienceMs = since + this.#options.patienceMs - performance.now();
    if (patienceMs <= 0) revoke();
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#grant();
      },
      Math.max(patienceMs, RETRY_MS / 10),
    ).unref();
  }

  #hold(share: Share): () => void {
    const { user, bytes } = share;
    this.#held += bytes;
    this.#sharesOf(user).held += bytes;
    this.#holders.set(share, performance.now());
    return () => {
      if (!this.#holders.delete(share)) return;
      this.#held -= bytes;
      this.#sharesOf(user).held -= bytes;
      this.#forgetIfIdle(user);
      if (this.#waiters.size > 0) this.#grant();
    };
  }

  #stopWaiting(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#sharesOf(waiter.user).waiting -= 1;
    this.#forgetIfIdle(waiter.user);
  }

  #fitsUser({ user, bytes }: Share): boolean {
    return (this.#users.get(user)?.held ?? 0) + bytes <= this.#options.perUser;
  }

  #fitsProcess({ bytes }: Share): boolean {
    return this.#held + bytes <= this.#options.perProcess;
  }

  #sharesOf(user: UserId): UserShares {
    const shares = this.#users.get(user) ?? { held: 0, waiting: 0 };
    this.#users.set(user, shares);
    return shares;
  }

  #forgetIfIdle(user: UserId): void {
    const { held, waiting } = this.#sharesOf(user);
    if (held === 0 && waiting === 0) this.#users.delete(user);
  }

  #exhausted(): UnavailableError {
    return new UnavailableError(
      "memory",
      new Error("the memory budget for requests and responses is exhausted"),
    );
  }
}
