import { type BackoffOptions, backoffMs, type TokenBucket, take, waitMs } from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

export interface WorkQueueOptions {
  /** Does the work of a key. What it throws is tried again, later and later. */
  readonly work: (key: string) => Promise<WorkResult>;
  /** Keys that are worked on at the same time; one key never is twice. */
  readonly concurrency: number;
  /** Hears of a failure. @returns the least time to wait, when there is one, in ms */
  readonly onFailure: (key: string, error: unknown, failures: number) => number | undefined;
  readonly backoff?: BackoffOptions;
  /** How often each key is worked on at most, whatever adds it. */
  readonly bucket?: TokenBucket;
}

export interface WorkResult {
  /** Look again then, if nothing else comes before. */
  readonly againAfterMs?: number;
}

const BACKOFF: BackoffOptions = { firstMs: 250, maxMs: 60_000 };
/** Else two who put right what the other has set would do nothing else. */
const BUCKET: TokenBucket = { capacity: 30, msPerToken: 250 };
/** Keys whose buckets are remembered; those of others are full. */
const MAX_REMEMBERED = 10_000;

/**
 * Keys to be worked on, each at most once in the queue however often it is added. A key that is added while it is
 * worked on is worked on once more.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #later = new Map<string, { readonly timer: NodeJS.Timeout; readonly at: number }>();
  readonly #failures = new Map<string, number>();
  /** When the bucket of a key is full again, if it is not. */
  readonly #fullAt = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  #running = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Keys that wait for their turn now. */
  get depth(): number {
    return this.#waiting.size;
  }

  get idle(): boolean {
    return this.#waiting.size === 0 && this.#underWay.size === 0;
  }

  add(key: string): void {
    this.#waiting.add(key);
    this.#next();
  }

  /** The earliest of several times counts. */
  addAfter(key: string, delayMs: number): void {
    const at = performance.now() + delayMs;
    const planned = this.#later.get(key);
    if (planned !== undefined && planned.at <= at) return;
    clearTimeout(planned?.timer);
    const timer = setTimeout(() => {
      this.#later.delete(key);
      this.add(key);
    }, delayMs);
    timer.unref();
    this.#later.set(key, { timer, at });
  }

  /** Nothing is known of the key any more. */
  forget(key: string): void {
    clearTimeout(this.#later.get(key)?.timer);
    this.#later.delete(key);
    this.#failures.delete(key);
    this.#waiting.delete(key);
  }

  resume(): void {
    this.#running = true;
    this.#next();
  }

  /** Begins nothing any more; what is added waits. Resolves once nothing is under way. */
  async pause(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#underWay.values());
  }

  #next(): void {
    if (!this.#running) return;
    const { concurrency, bucket = BUCKET } = this.#options;
    const now = performance.now();
    for (const key of this.#waiting) {
      if (this.#underWay.size >= concurrency) return;
      if (this.#underWay.has(key)) continue;
      this.#waiting.delete(key);
      const fullAt = this.#fullAt.get(key);
      const delayMs = waitMs(bucket, fullAt, now);
      if (delayMs > 0) this.addAfter(key, delayMs);
      else {
        this.#fullAt.set(key, take(bucket, fullAt, now, 1));
        this.#underWay.set(key, this.#work(key));
      }
    }
  }

  async #work(key: string): Promise<void> {
    try {
      const { againAfterMs } = await this.#options.work(key);
      this.#failures.delete(key);
      if (againAfterMs !== undefined) this.addAfter(key, againAfterMs);
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      const leastMs = this.#options.onFailure(key, error, failures + 1) ?? 0;
      this.addAfter(key, Math.max(leastMs, backoffMs(this.#options.backoff ?? BACKOFF, failures)));
    } finally {
      this.#underWay.delete(key);
      this.#next();
    }
  }
}
