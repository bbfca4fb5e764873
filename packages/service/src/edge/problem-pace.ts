import type { Socket } from "node:net";
import { take, tokenBucket, waitMs } from "@dumbwaiter/core";

/** A proxy's connection brings refusals of many clients; a client with this many on its own goes wrong. */
const REFUSALS = tokenBucket(64, 10);

/** When the bucket of each connection is full again. */
const fullAt = new WeakMap<Socket, number>();

/**
 * How long the answer to a refused request waits. Who gets only refusals gets them slower and slower, which costs
 * neither side anything, rather than a lost connection that is opened again at once.
 */
export function refusalDelayMs(socket: Socket): number {
  const now = performance.now();
  const before = fullAt.get(socket);
  const after = take(REFUSALS, before, now, 1);
  fullAt.set(socket, after);
  return waitMs(REFUSALS, before, now);
}
