import type { Socket } from "node:net";
import { take, tokenBucket, waitMs } from "@dumbwaiter/core";

/** Generous, because a proxy's connection carries the requests of many clients. */
const REFUSALS = tokenBucket(10, 2);

/** When the bucket of each connection is full again. */
const fullAt = new WeakMap<Socket, number>();

/**
 * How long the answer to a refused request waits. A client that gets only refusals gets at most ten a second. If it
 * lost its connection instead, it would open another at once.
 */
export function refusalDelayMs(socket: Socket): number {
  const now = performance.now();
  const before = fullAt.get(socket);
  const after = take(REFUSALS, before, now, 1);
  fullAt.set(socket, after);
  return waitMs(REFUSALS, before, now);
}
