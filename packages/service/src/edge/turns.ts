/** Enough that a turn costs little, few enough that it is short. */
const DEFAULT_STARTS_PER_TURN = 16;
const MAX_TURN_MS = 3;

interface Start {
  readonly start: () => void;
  readonly weight: number;
}

/**
 * Starts work at the end of the event loop's turns: a little in each, so that what else happens does not wait for all
 * of it, and from each source in turn, so that the work of one does not wait for all of another's.
 */
export class Turns<Source extends object> {
  /** The next source is the first. */
  readonly #waiting = new Map<Source, Start[]>();
  readonly #startsPerTurn: number;
  readonly #now: () => number;
  #scheduled = false;

  /** @param now in milliseconds */
  constructor(startsPerTurn = DEFAULT_STARTS_PER_TURN, now = () => performance.now()) {
    this.#startsPerTurn = startsPerTurn;
    this.#now = now;
  }

  /** @param weight as how many starts of a turn it counts: it is what follows later that takes time */
  add(source: Source, start: () => void, weight = 1): void {
    const line = this.#waiting.get(source);
    if (line) line.push({ start, weight });
    else this.#waiting.set(source, [{ start, weight }]);
    this.#schedule();
  }

  /** Forgets what the source waits for. */
  drop(source: Source): void {
    this.#waiting.delete(source);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const until = this.#now() + MAX_TURN_MS;
      for (let started = 0; started < this.#startsPerTurn; ) {
        started += this.#startNext();
        if (this.#now() > until) break;
      }
      if (this.#waiting.size > 0) this.#schedule();
    });
  }

  /** @returns its weight */
  #startNext(): number {
    for (const [source, line] of this.#waiting) {
      this.#waiting.delete(source);
      const [next] = line.splice(0, 1) as [Start];
      if (line.length > 0) this.#waiting.set(source, line);
      next.start();
      return next.weight;
    }
    return Number.POSITIVE_INFINITY;
  }
}
