import type { Clock } from "../../ports/clock.ts";
import { type TokenBucket, take, waitMs } from "./token-bucket.ts";

/** Never set back, unlike the time of day. */
const MONOTONIC: Clock = { now: () => performance.now() };

/** A bucket in the memory of this process. */
export class LocalTokenBucket {
  readonly #bucket: TokenBucket;
  readonly #clock: Clock;
  #fullAt: number | undefined;

  constructor(bucket: TokenBucket, clock = MONOTONIC) {
    this.#bucket = bucket;
    this.#clock = clock;
  }

  /** How long to wait until an attempt passes; 0 when it passes now. */
  get waitMs(): number {
    return waitMs(this.#bucket, this.#fullAt, this.#clock.now());
  }

  /** Takes this many tokens, or gives them back if negative, whether it is time for that or not. */
  take(cost: number): void {
    this.#fullAt = take(this.#bucket, this.#fullAt, this.#clock.now(), cost);
  }
}
