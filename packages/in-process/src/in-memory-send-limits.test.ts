import { sendLimitsContract } from "@dumbwaiter/core/contracts";
import { InMemorySendLimits } from "./in-memory-send-limits.ts";

sendLimitsContract("in memory", async (settings) => {
  let now = Date.now();
  return {
    limits: new InMemorySendLimits(settings, { now: () => now }),
    advance: async (ms) => {
      now += ms;
    },
    close: async () => {},
  };
});
