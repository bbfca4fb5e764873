import { RateLimitedError, UnavailableError, type UserId } from "@dumbwaiter/core";

export interface ByteBudgetOptions<User extends string = UserId> {
  readonly perUser: number;
  readonly perProcess: number;
  /** Calls that may wait for their bytes. */
  readonly waitingPerUser: number;
  readonly waitingPerProcess: number;
  readonly maxWaitMs: number;
  /** Bytes that have been held for less than this are not taken back. */
  readonly patienceMs: number;
  /** In whose place many call: only the process's bounds hold for it. */
  readonly crowd?: User;
}

interface Share<User> {
  readonly user: User;
  readonly bytes: number;
  /** Makes the holder give the bytes back soon. */
  readonly revoke: () => void;
}

interface Waiter<User> extends Share<User> {
  readonly granted: (giveBack: GiveBack) => void;
}

interface UserShares<User> {
  held: number;
  /** Oldest first. */
  readonly waiting: Set<Waiter<User>>;
}

/** Gives bytes back, all of them unless it is told how many to keep. Those cannot be taken back. */
export type GiveBack = (kept?: number) => void;

const RETRY_MS = 1_000;

/**
 * The bytes that calls under way may hold in memory: each user's, and the process's. A call that finds them used up
 * waits. Users take turns, so that nobody waits behind all calls of another, and a user's calls wait for that user's
 * bytes only. While calls wait for the process's bytes, the user who holds the most has to give some back. In the place
 * of users, `User` can name the networks of callers whom nobody knows.
 */
export class ByteBudget<User extends string = UserId> {
  readonly #options: ByteBudgetOptions<User>;
  readonly #users = new Map<User, UserShares<User>>();
  /** Users with waiting calls, the next first. */
  readonly #turns = new Set<User>();
  /** Since when; longest held first. */
  readonly #holders = new Map<Share<User>, number>();
  #held = 0;
  #waiting = 0;
  /** Asked to give back, and still at work. */
  readonly #revoked = new Set<Share<User>>();
  #revokedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ByteBudgetOptions<User>) {
    this.#options = options;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /**
   * Resolves with a function that gives the bytes back, once they could be had, or once the caller has gone: then it has
   * none.
   *
   * @param onGone called if the caller has to wait, with what is to be called when it has gone
   * @throws RateLimitedError when the user's bytes stay used up, or too many of the user's calls wait
   * @throws UnavailableError when the process's do, or too many calls wait
   */
  async take(
    user: User,
    wanted: number,
    revoke: () => void,
    onGone: (leave: () => void) => void = () => {},
  ): Promise<GiveBack> {
    const { perUser, waitingPerUser, waitingPerProcess, maxWaitMs, crowd } = this.#options;
    const share = { user, bytes: Math.min(wanted, perUser), revoke };
    if (this.#fitsUser(share) && this.#fitsProcess(share)) return this.#hold(share);
    const others = this.#users.get(user)?.waiting.size ?? 0;
    if (others >= waitingPerUser && user !== crowd) throw new RateLimitedError(RETRY_MS);
    // Everybody's first call may wait, so that no crowd keeps others out.
    if (this.#waiting >= waitingPerProcess && others > 0) throw exhausted();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#stopWaiting(waiter);
        reject(this.#fitsUser(waiter) ? exhausted() : new RateLimitedError(RETRY_MS));
        this.#grant();
      }, maxWaitMs);
      const waiter: Waiter<User> = {
        ...share,
        granted(giveBack) {
          clearTimeout(timer);
          resolve(giveBack);
        },
      };
      this.#sharesOf(user).waiting.add(waiter);
      this.#turns.add(user);
      this.#waiting += 1;
      onGone(() => {
        if (!this.#users.get(user)?.waiting.has(waiter)) return;
        this.#stopWaiting(waiter);
        waiter.granted(() => {});
        this.#grant();
      });
      this.#grant();
    });
  }

  #grant(): void {
    for (const user of this.#turns) {
      const [waiter] = this.#sharesOf(user).waiting as Iterable<Waiter<User>>;
      if (waiter === undefined || !this.#fitsUser(waiter)) continue;
      if (!this.#fitsProcess(waiter)) {
        this.#revoke();
        return;
      }
      this.#stopWaiting(waiter);
      // Behind all others who wait: this loop comes to it again.
      if (this.#turns.delete(user)) this.#turns.add(user);
      waiter.granted(this.#hold(waiter));
    }
  }

  /**
   * Of the user who holds the most, what has been held the longest; one after the other, as they give back. Who goes on
   * working for longer than the patience is not waited for.
   */
  #revoke(): void {
    let worst: readonly [Share<User>, number] | undefined;
    for (const holder of this.#holders) {
      if (this.#revoked.has(holder[0])) continue;
      if (!worst || this.#heldBy(holder[0].user) > this.#heldBy(worst[0].user)) worst = holder;
    }
    if (!worst) return;
    const [share, heldSince] = worst;
    const since = this.#revoked.size > 0 ? Math.max(heldSince, this.#revokedAt) : heldSince;
    const leftMs = since + this.#options.patienceMs - performance.now();
    if (leftMs > 0) {
      this.#grantAfter(leftMs);
    } else {
      this.#revoked.add(share);
      this.#revokedAt = performance.now();
      share.revoke();
      if (this.#revoked.has(share)) this.#grantAfter(this.#options.patienceMs);
    }
  }

  #grantAfter(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#grant(), ms).unref();
  }

  #hold(share: Share<User>): GiveBack {
    const { user } = share;
    let held = 0;
    const change = (bytes: number) => {
      held += bytes;
      this.#held += bytes;
      this.#sharesOf(user).held += bytes;
    };
    change(share.bytes);
    this.#holders.set(share, performance.now());
    return (kept = 0) => {
      if (held <= kept) return;
      this.#holders.delete(share);
      this.#revoked.delete(share);
      change(kept - held);
      this.#forgetIfIdle(user);
      this.#grant();
    };
  }

  #stopWaiting(waiter: Waiter<User>): void {
    const { user } = waiter;
    const { waiting } = this.#sharesOf(user);
    waiting.delete(waiter);
    this.#waiting -= 1;
    if (waiting.size === 0) this.#turns.delete(user);
    this.#forgetIfIdle(user);
  }

  #heldBy(user: User): number {
    return this.#users.get(user)?.held ?? 0;
  }

  #fitsUser({ user, bytes }: Share<User>): boolean {
    const { crowd, perUser } = this.#options;
    return user === crowd || this.#heldBy(user) + bytes <= perUser;
  }

  #fitsProcess({ bytes }: Share<User>): boolean {
    return this.#held + bytes <= this.#options.perProcess;
  }

  #sharesOf(user: User): UserShares<User> {
    const shares = this.#users.get(user) ?? { held: 0, waiting: new Set() };
    this.#users.set(user, shares);
    return shares;
  }

  #forgetIfIdle(user: User): void {
    const { held, waiting } = this.#sharesOf(user);
    if (held === 0 && waiting.size === 0) this.#users.delete(user);
  }
}

function exhausted(): UnavailableError {
  return new UnavailableError(
    "memory",
    new Error("the memory budget for requests and responses is exhausted"),
  );
}
