import type { DeviceId, UserId } from "@dumbwaiter/core";
import { pushThrottleContract } from "@dumbwaiter/core/contracts";
import { expect, it } from "@jest/globals";
import { InMemoryPushThrottle } from "./in-memory-push-throttle.ts";

pushThrottleContract("in memory", async (intervalMs) => {
  let now = Date.now();
  return {
    throttle: new InMemoryPushThrottle({ now: () => now }, intervalMs),
    advance: async (ms) => {
      now += ms;
    },
    close: async () => {},
  };
});

it.each([
  { laterMs: 999, isAdmitted: false },
  { laterMs: 1_000, isAdmitted: true },
  { laterMs: 1_001, isAdmitted: true },
])(
  "$laterMs ms after a push, of an interval of 1,000: admits another: $isAdmitted",
  async ({ laterMs, isAdmitted }) => {
    let now = Date.now();
    const throttle = new InMemoryPushThrottle({ now: () => now }, 1_000);
    const device = { user: "alice" as UserId, device: "phone" as DeviceId };
    expect(await throttle.admit([device])).toEqual([true]);
    now += laterMs;
    expect(await throttle.admit([device])).toEqual([isAdmitted]);
  },
);
