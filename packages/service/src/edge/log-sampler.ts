const DEFAULT_INTERVAL_MS = 10_000;

/** Kinds beyond these share one place, so that the kinds themselves are bounded. */
const MAX_KINDS = 256;

interface Kind {
  repeats: number;
  write: (repeats: number) => void;
}

/**
 * Keeps a log small while something happens thousands of times a second: the first event of a kind is written at once,
 * those that follow are counted, and each interval ends with the last of them and their number.
 */
export class LogSampler {
  readonly #intervalMs: number;
  readonly #kinds = new Map<string, Kind>();

  constructor(intervalMs = DEFAULT_INTERVAL_MS) {
    this.#intervalMs = intervalMs;
  }

  /** @param write gets the number of events that its line stands for, or 0 for the first of its kind */
  sample(kind: string, write: (repeats: number) => void): void {
    const key = this.#kinds.has(kind) || this.#kinds.size < MAX_KINDS ? kind : "others";
    const known = this.#kinds.get(key);
    if (known) {
      known.repeats += 1;
      known.write = write;
      return;
    }
    write(0);
    const added: Kind = { repeats: 0, write };
    this.#kinds.set(key, added);
    const timer = setInterval(() => {
      const { repeats } = added;
      added.repeats = 0;
      if (repeats > 0) return added.write(repeats);
      clearInterval(timer);
      this.#kinds.delete(key);
    }, this.#intervalMs).unref();
  }
}
