import type { Socket } from "node:net";
import { LocalTokenBucket, tokenBucket } from "@dumbwaiter/core";

/**
 * A proxy's connection carries the requests of many clients, but one at a time: then none of them waits for longer than
 * half a second.
 */
const REFUSALS = tokenBucket(10, 2);

const buckets = new WeakMap<Socket, LocalTokenBucket>();

/**
 * How long the answer to a refused request waits: a connection gets ten refusals at once, and then two a second. A
 * client that lost its connection instead would open another at once.
 */
export function refusalDelayMs(socket: Socket): number {
  const bucket = buckets.get(socket) ?? new LocalTokenBucket(REFUSALS);
  buckets.set(socket, bucket);
  const { waitMs } = bucket;
  bucket.take(1);
  return waitMs;
}
