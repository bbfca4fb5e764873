import { RateLimitedError, UnavailableError } from "./errors.ts";
import type { UserId } from "./user.ts";

interface FairQueueSettings {
  /** Sum of the weights in progress; heavier work runs alone. */
  readonly maxInFlight: number;
  readonly maxInFlightPerUser: number;
  /** Work of one user that waits; more is refused. */
  readonly maxWaitingPerUser: number;
  /** What has waited for so long while other work was under way fails. */
  readonly maxWaitMs: number;
}

interface Waiting {
  readonly weight: number;
  readonly since: number;
  start(): Promise<void>;
  fail(error: Error): void;
}

/** The work of one user. */
interface Line {
  inFlight: number;
  readonly waiting: Waiting[];
}

const RETRY_MS = 1_000;

/**
 * Serves users in turn: however much work one has, the next place goes to another who waits. `p-queue` and the like
 * serve by age or priority.
 */
export class FairQueue {
  readonly #settings: FairQueueSettings;
  readonly #lines = new Map<UserId, Line>();
  /** Users with waiting work and room for it, in the order in which they are served. */
  readonly #turns = new Set<UserId>();
  #inFlight = 0;

  constructor(settings: FairQueueSettings) {
    this.#settings = settings;
  }

  /**
   * Settles as the work does.
   *
   * @throws RateLimitedError when too much work of the user waits
   * @throws UnavailableError when it has waited for too long
   */
  run<T>(user: UserId, weight: number, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(user) ?? { inFlight: 0, waiting: [] };
    if (line.waiting.length >= this.#settings.maxWaitingPerUser) {
      return Promise.reject(new RateLimitedError(RETRY_MS));
    }
    this.#lines.set(user, line);
    return new Promise<T>((resolve, reject) => {
      const start = async () => {
        await work().then(resolve, reject);
      };
      line.waiting.push({ weight, since: performance.now(), start, fail: reject });
      this.#queue(user, line);
      this.#serve();
    });
  }

  #queue(user: UserId, line: Line): void {
    const [next] = line.waiting;
    if (next && fits(line.inFlight, next, this.#settings.maxInFlightPerUser)) this.#turns.add(user);
  }

  #serve(): void {
    for (const user of this.#turns) {
      const line = this.#lines.get(user) as Line;
      this.#failOverdue(line);
      const [next] = line.waiting;
      if (next && !fits(this.#inFlight, next, this.#settings.maxInFlight)) return;
      this.#turns.delete(user);
      if (next) void this.#run(user, line);
      else this.#forget(user, line);
    }
  }

  async #run(user: UserId, line: Line): Promise<void> {
    const { weight, start } = line.waiting.shift() as Waiting;
    line.inFlight += weight;
    this.#inFlight += weight;
    // Behind all others who wait: this loop comes to it again.
    this.#queue(user, line);
    await start();
    line.inFlight -= weight;
    this.#inFlight -= weight;
    this.#failOverdue(line);
    this.#queue(user, line);
    this.#forget(user, line);
    this.#serve();
  }

  #failOverdue({ waiting }: Line): void {
    const overdue = performance.now() - this.#settings.maxWaitMs;
    const kept = waiting.findIndex(({ since }) => since > overdue);
    for (const { fail } of waiting.splice(0, kept === -1 ? waiting.length : kept)) {
      fail(new UnavailableError("store", new Error("the work of others took too long")));
    }
  }

  #forget(user: UserId, line: Line): void {
    if (line.inFlight === 0 && line.waiting.length === 0) this.#lines.delete(user);
  }
}

function fits(inFlight: number, { weight }: Waiting, max: number): boolean {
  return inFlight === 0 || inFlight + weight <= max;
}
