import { setTimeout as sleep } from "node:timers/promises";
import { FairQueue, type UserId } from "@dumbwaiter/core";

const MIB = 1024 * 1024;

/** Of all pulls: what takes a process half of its time. */
const BYTES_PER_MS = (128 * MIB) / 1000;

/** A smaller part takes too little time to wait for its turn. */
const LARGE_BYTES = 64 * 1024;

/**
 * Lets the pulls of all users write at a bounded rate, one part after the other and user by user: what many clients pull
 * at once, the kernel takes, and nothing else slows them down.
 */
export class PullTurns {
  readonly #turns = new FairQueue({
    maxInFlight: 1,
    maxInFlightPerUser: 1,
    maxWaitingPerUser: 1_000,
    maxWaitMs: Number.POSITIVE_INFINITY,
  });

  /** Resolves when it is the turn of this user's part. */
  next(user: UserId, bytes: number): Promise<void> {
    if (bytes <= LARGE_BYTES) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#turns
        .run(user, 1, async () => {
          resolve();
          await sleep(bytes / BYTES_PER_MS);
        })
        .catch(reject);
    });
  }
}
