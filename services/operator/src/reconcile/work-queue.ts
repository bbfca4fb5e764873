import { type BackoffOptions, backoffMs, type TokenBucket, take, waitMs } from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

export interface WorkQueueOptions {
  /** Works on a key. If it throws, the key is retried with a backoff. */
  readonly work: (key: string) => Promise<WorkResult>;
  /** How many keys are worked on at the same time; never the same key twice. */
  readonly concurrency: number;
  /** Called for a failure. @returns the minimum backoff in ms, if any */
  readonly onFailure: (key: string, error: unknown, failures: number) => number | undefined;
  readonly backoff?: BackoffOptions;
  /** Limits how often each key is worked on. */
  readonly bucket?: TokenBucket;
}

export interface WorkResult {
  /** Work on the key again after this time, unless it is added before. */
  readonly requeueAfterMs?: number;
}

const BACKOFF: BackoffOptions = { firstMs: 250, maxMs: 60_000 };
/** Otherwise two controllers that undo each other's changes would run in a hot loop. */
const BUCKET: TokenBucket = { capacity: 30, msPerToken: 250 };
/** The number of buckets that are kept; a bucket that is not kept counts as full. */
const MAX_BUCKETS = 10_000;

/**
 * A queue of keys. It holds each key at most once, however often it is added; a key that is added while it is worked on
 * is worked on once more.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #later = new Map<string, { readonly timer: NodeJS.Timeout; readonly at: number }>();
  readonly #failures = new Map<string, number>();
  /** When the bucket of a key is full again. */
  readonly #fullAt = new LRUCache<string, number>({ max: MAX_BUCKETS });
  #running = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Keys that wait to be worked on, without those in a backoff. */
  get depth(): number {
    return this.#waiting.size;
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#underWay.size === 0;
  }

  add(key: string): void {
    this.#waiting.add(key);
    this.#next();
  }

  /** Of several times, the earliest applies. */
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

  /** Removes the key and its failures. */
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

  /** Starts no more work; keys that are added wait. Resolves once nothing is under way. */
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
      const { requeueAfterMs } = await this.#options.work(key);
      this.#failures.delete(key);
      if (requeueAfterMs !== undefined) this.addAfter(key, requeueAfterMs);
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      const minimumMs = this.#options.onFailure(key, error, failures + 1) ?? 0;
      this.addAfter(key, Math.max(minimumMs, backoffMs(this.#options.backoff ?? BACKOFF, failures)));
    } finally {
      this.#underWay.delete(key);
      this.#next();
    }
  }
}
