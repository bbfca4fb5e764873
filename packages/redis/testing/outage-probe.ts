import { createLimits, RateLimitedError, UnavailableError } from "@dumbwaiter/core";
import { NO_LIMITS } from "@dumbwaiter/core/contracts/samples";
import { device, startRealtimeNode } from "./realtime-node.ts";
import { sampleDelivery } from "./sample-delivery.ts";

/*
 * Uses every part of a Redis that is unavailable, in a separate process, which an unhandled rejection or an 'error'
 * event without a listener would end. Prints what it saw.
 */
const states: unknown[] = [];
let letThrough = 0;
const node = await startRealtimeNode({
  url: process.argv[2] as string,
  onStateChange: ({ up, cause }) => states.push({ up, cause: cause?.message }),
  onLimitsUnavailable: () => {
    letThrough += 1;
  },
});
const alice = device("alice");
const { deliveryBus, pushThrottle } = node.redis;
const limits = createLimits(node.redis.tokenBuckets, {
  ...NO_LIMITS,
  sendRatePerSecond: 1,
  sendBurst: 1,
  senderBytesPerHour: 1,
  recipientBytesPerHour: 1,
});
const startedAt = performance.now();
const attempt = () => limits.admitSend({ sender: alice, recipient: alice.user, bytes: 1, ephemeral: false });
const refused = (await Promise.allSettled([attempt(), attempt(), attempt()])).filter(
  (result) => result.status === "rejected" && result.reason instanceof RateLimitedError,
).length;
const limitsMs = performance.now() - startedAt;
const outcomes = await Promise.allSettled([
  node.join(alice),
  deliveryBus.deliver([sampleDelivery(alice), sampleDelivery(alice)]),
  deliveryBus.closeDevices([alice]),
  deliveryBus.raiseResync(),
]);
const turns = await pushThrottle.admit([alice, alice]);
await pushThrottle.lift(alice);
const failures = outcomes.map((outcome) => {
  const error: unknown = outcome.status === "rejected" ? outcome.reason : undefined;
  return error instanceof UnavailableError ? (error.cause as Error).message : String(error);
});
process.stdout.write(JSON.stringify({ states, refused, letThrough, limitsMs, failures, turns }));
await node.close();
