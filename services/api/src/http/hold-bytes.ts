import {
  ERROR_CODES,
  type ErrorCode,
  type NetworkPrefix,
  tokenBucket,
  UNKNOWN_NETWORK,
} from "@dumbwaiter/core";
import { ByteBudget, type GiveBack, gauge } from "@dumbwaiter/service";
import type { Registry } from "prom-client";
import type { Answer } from "./problem.ts";

const MIB = 1024 * 1024;

const WAITING = { waitingPerUser: 128, waitingPerProcess: 1024, maxWaitMs: 10_000, patienceMs: 250 };

interface CallBudgets {
  readonly budget: ByteBudget;
  /** Of bodies whose senders nobody knows: they take nothing from users. */
  readonly anonymousBudget: ByteBudget<NetworkPrefix>;
}

/** What bodies and answers may hold in memory; a pod of the api has 512 MiB. */
export function createCallBudgets(registry: Registry): CallBudgets {
  const budget = new ByteBudget({ ...WAITING, perUser: 8 * MIB, perProcess: 64 * MIB });
  const anonymousBudget = new ByteBudget<NetworkPrefix>({
    ...WAITING,
    perUser: 8 * MIB,
    perProcess: 16 * MIB,
    crowd: UNKNOWN_NETWORK,
  });
  gauge(registry, {
    name: "dumbwaiter_api_held_bytes",
    help: "Bytes reserved for request bodies and responses in progress, at most 80 MiB",
    collect() {
      this.set(budget.heldBytes + anonymousBudget.heldBytes);
    },
  });
  return { budget, anonymousBudget };
}

/** What a pull holds once its client has gone, until its read ends. `serveFairly` bounds how many reads run. */
export const ABANDONED_PULL_BYTES = 64 * 1024;

/** Of a user's pulls: far above what a client's network takes. */
export const PULL_PACE = tokenBucket(16 * MIB, 16 * MIB);

/** Of all users' pulls: what takes a process half of its time. */
export const PULL_BYTES_PER_SECOND = 128 * MIB;

/** Destroys a call's connection, to free what the call holds; it counts as one that was refused with this code. */
export function abandon(response: Answer, code: ErrorCode): void {
  response.locals.failedWith = ERROR_CODES[code].status;
  response.req.socket.destroy();
}

/** What a call holds in memory. */
interface CallBytes {
  readonly bytes: number;
  /** What its work holds once its client has gone; as much as before by default. */
  readonly whenGone?: number;
}

/**
 * Does a call's work once there is room for its bytes, unless its client has gone by then. Holds the bytes until both the
 * work and the response have ended: work goes on after its client has gone.
 *
 * @throws what {@link ByteBudget.take} and the work throw
 */
export async function holdBytes<User extends string>(
  budget: ByteBudget<User>,
  user: User,
  { bytes, whenGone = bytes }: CallBytes,
  response: Answer,
  work: () => Promise<void>,
): Promise<void> {
  let giveBack: GiveBack;
  try {
    giveBack = await budget.take(
      user,
      bytes,
      () => abandon(response, "unavailable"),
      (leave) => response.once("close", leave),
    );
  } catch (error) {
    // Who does not read the refusal either would keep the connection.
    response.setHeader("Connection", "close");
    throw error;
  }
  let kept = whenGone;
  response.once("close", () => giveBack(kept));
  try {
    if (!response.closed) await work();
  } finally {
    kept = 0;
    if (response.closed) giveBack();
  }
}
