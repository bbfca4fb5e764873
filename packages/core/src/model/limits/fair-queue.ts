import { RateLimitedError, UnavailableError } from "../errors.ts";
import type { UserId } from "../user.ts";

interface FairQueueSettings {
  /** Sum of the weights in progress; heavier work runs alone. */
  readonly maxInFlight: number;
  readonly maxInFlightPerUser: number;
  /** Work of one user that waits; more is refused. */
  readonly maxWaitingPerUser: number;
  /** What has waited for so long fails with work that finds its store unavailable. Other work waits on. */
  readonly maxWaitMs: number;
}

interface Waiting {
  readonly weight: number;
  readonly since: number;
  /** Rejects as the work does. */
  start(): Promise<void>;
  fail(error: unknown): void;
}

/** The work of one user. */
interface Line {
  readonly user: UserId;
  inFlight: number;
  readonly waiting: Waiting[];
}

const RETRY_MS = 1_000;

/**
 * Serves users in turn: however much work one has, or how many have much, the next place goes to who has the least in
 * progress. `p-queue` and the like serve by age or priority.
 */
export class FairQueue {
  readonly #settings: FairQueueSettings;
  readonly #lines = new Map<UserId, Line>();
  /** Users with waiting work and room for it, who was served the longest ago first. */
  readonly #turns = new Set<Line>();
  #inFlight = 0;

  constructor(settings: FairQueueSettings) {
    this.#settings = settings;
  }

  /**
   * Settles as the work does.
   *
   * @throws RateLimitedError when too much work of the user waits
   * @throws UnavailableError when other work found the store unavailable, and this has waited for too long
   */
  run<T>(user: UserId, weight: number, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(user) ?? { user, inFlight: 0, waiting: [] };
    if (line.waiting.length >= this.#settings.maxWaitingPerUser) {
      return Promise.reject(new RateLimitedError(RETRY_MS));
    }
    this.#lines.set(user, line);
    return new Promise<T>((resolve, fail) => {
      const start = async () => resolve(await work());
      line.waiting.push({ weight, since: performance.now(), start, fail });
      this.#queue(line);
      this.#serve();
    });
  }

  #queue(line: Line): void {
    const [next] = line.waiting;
    if (next && fits(line.inFlight, next, this.#settings.maxInFlightPerUser)) this.#turns.add(line);
  }

  #serve(): void {
    for (let line = this.#nextLine(); line; line = this.#nextLine()) {
      const next = line.waiting[0] as Waiting;
      if (!fits(this.#inFlight, next, this.#settings.maxInFlight)) return;
      line.waiting.shift();
      this.#turns.delete(line);
      void this.#run(line, next);
    }
  }

  /** Of those with the least in progress, who waits the longest. */
  #nextLine(): Line | undefined {
    let least: Line | undefined;
    for (const line of this.#turns) {
      if (!least || line.inFlight < least.inFlight) least = line;
      if (least.inFlight === 0) break;
    }
    return least;
  }

  async #run(line: Line, { weight, start, fail }: Waiting): Promise<void> {
    line.inFlight += weight;
    this.#inFlight += weight;
    this.#queue(line);
    try {
      await start();
    } catch (error) {
      fail(error);
      if (error instanceof UnavailableError) this.#failOverdue(error);
    }
    line.inFlight -= weight;
    this.#inFlight -= weight;
    this.#queue(line);
    this.#forgetIfIdle(line);
    this.#serve();
  }

  #failOverdue(error: UnavailableError): void {
    const overdue = performance.now() - this.#settings.maxWaitMs;
    for (const line of this.#lines.values()) {
      const { waiting } = line;
      const kept = waiting.findIndex(({ since }) => since > overdue);
      for (const { fail } of waiting.splice(0, kept === -1 ? waiting.length : kept)) fail(error);
      if (waiting.length === 0) this.#turns.delete(line);
      this.#forgetIfIdle(line);
    }
  }

  #forgetIfIdle({ user, inFlight, waiting }: Line): void {
    if (inFlight === 0 && waiting.length === 0) this.#lines.delete(user);
  }
}

function fits(inFlight: number, { weight }: Waiting, max: number): boolean {
  return inFlight === 0 || inFlight + weight <= max;
}
