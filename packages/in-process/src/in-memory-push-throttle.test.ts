import { pushThrottleContract } from "@dumbwaiter/core/contracts";
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
