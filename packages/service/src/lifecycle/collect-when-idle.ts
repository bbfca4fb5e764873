import { performance } from "node:perf_hooks";
import { collectGarbage } from "./collect-garbage.ts";

const LOOK_MS = 5_000;
/** The share of its time that an idle event loop works at most. */
const IDLE = 0.1;
const GROWTH_BYTES = 64 * 2 ** 20;
/** The event loop stands still for a collection: some 30 ms for a heap of this size that is mostly garbage. */
const MAX_HEAP_BYTES = 160 * 2 ** 20;

/**
 * Gives memory back to the system once a burst is over: collects all garbage when the process is idle and its RSS is
 * 64 MiB above the lowest since the last time. V8 does so itself, but 100 s after its last collection. Larger heaps are
 * left to V8, which collects in steps.
 */
export function collectWhenIdle(lookMs = LOOK_MS): void {
  let last = performance.eventLoopUtilization();
  let lowestRss = Number.POSITIVE_INFINITY;
  setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(last);
    last = performance.eventLoopUtilization();
    const { rss, heapUsed } = process.memoryUsage();
    lowestRss = Math.min(lowestRss, rss);
    if (utilization > IDLE || rss < lowestRss + GROWTH_BYTES || heapUsed > MAX_HEAP_BYTES) return;
    collectGarbage();
    lowestRss = process.memoryUsage.rss();
  }, lookMs).unref();
}
