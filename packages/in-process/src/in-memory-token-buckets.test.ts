import { limitsContract } from "@dumbwaiter/core/contracts";
import { InMemoryTokenBuckets } from "./in-memory-token-buckets.ts";

limitsContract("in memory", async () => {
  let now = Date.now();
  return {
    buckets: new InMemoryTokenBuckets({ now: () => now }),
    advance: async (ms) => {
      now += ms;
    },
    close: async () => {},
  };
});
