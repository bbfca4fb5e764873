import type { ServerResponse } from "node:http";
import { tokenBucket, type UserId } from "@dumbwaiter/core";
import { ByteBudget, gauge } from "@dumbwaiter/service";
import type { Registry } from "prom-client";

const MIB = 1024 * 1024;

/** What bodies and answers may hold in memory; a pod of the api has 512 MiB. */
export function createCallBudget(registry: Registry): ByteBudget {
  const budget = new ByteBudget({
    perUser: 8 * MIB,
    perProcess: 64 * MIB,
    waitingPerUser: 128,
    waitingPerProcess: 1024,
    maxWaitMs: 10_000,
    patienceMs: 250,
  });
  gauge(registry, {
    name: "dumbwaiter_api_held_bytes",
    help: "Bytes reserved for request bodies and responses in progress, at most 64 MiB",
    collect() {
      this.set(budget.heldBytes);
    },
  });
  return budget;
}

/** Of a user's bodies: far above what a user may send in an hour. */
export const BODY_PACE = tokenBucket(MIB, 2 * MIB);

/** Of a user's pulls: far above what a client's network takes. */
export const PULL_PACE = tokenBucket(16 * MIB, 16 * MIB);

/** Of all users' pulls: what takes a process half of its time. */
export const PULL_BYTES_PER_SECOND = 128 * MIB;

/**
 * Waits until there is room for a call's bytes, which it then holds until the response has ended.
 *
 * @returns whether the client is still there
 * @throws what {@link ByteBudget.take} throws
 */
export async function holdBytes(
  budget: ByteBudget,
  user: UserId,
  bytes: number,
  response: ServerResponse,
): Promise<boolean> {
  let giveBack: () => void;
  try {
    giveBack = await budget.take(user, bytes, () => response.req.socket.destroy());
  } catch (error) {
    // Who does not read the refusal either would keep the connection.
    response.setHeader("Connection", "close");
    throw error;
  }
  if (response.closed) giveBack();
  else response.once("close", giveBack);
  return !response.closed;
}
