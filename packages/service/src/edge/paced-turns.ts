import { setTimeout as sleep } from "node:timers/promises";
import { FairQueue, type UserId } from "@dumbwaiter/core";

/** Less takes too little time to wait for its turn. */
const LARGE_BYTES = 64 * 1024;

/**
 * Lets users go on in turn, at a bounded rate for all of them together: what many clients read at once, the kernel takes,
 * and nothing else slows them down.
 */
export class PacedTurns {
  readonly #bytesPerMs: number;
  readonly #turns = new FairQueue({
    maxInFlight: 1,
    maxInFlightPerUser: 1,
    maxWaitingPerUser: Number.POSITIVE_INFINITY,
    maxWaitMs: Number.POSITIVE_INFINITY,
  });

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  /**
   * Resolves when it is this user's turn to write so many bytes; at once when they are few.
   *
   * @param isGone whether there is nobody to write to any more when the turn comes, which then takes no time
   */
  next(user: UserId, bytes: number, isGone = () => false): Promise<void> {
    if (bytes <= LARGE_BYTES) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#turns
        .run(user, 1, async () => {
          resolve();
          if (!isGone()) await sleep(Math.ceil(bytes / this.#bytesPerMs));
        })
        .catch(reject);
    });
  }
}
