import { eventually } from "@dumbwaiter/core/contracts";
import { describe, expect, it } from "@jest/globals";
import { WorkQueue, type WorkQueueOptions, type WorkResult } from "./work-queue.ts";

const BACKOFF = { firstMs: 4, maxMs: 32 };

function queueOf(work: (key: string) => Promise<WorkResult>, options: Partial<WorkQueueOptions> = {}) {
  const failures: [string, number][] = [];
  const queue = new WorkQueue({
    ...{ work, concurrency: 2, backoff: BACKOFF },
    onFailure(key, _, count) {
      failures.push([key, count]);
      return undefined;
    },
    ...options,
  });
  return { queue, failures };
}

describe("a work queue", () => {
  it("holds a key once, and works on it once more if it is added in the meantime", async () => {
    const worked: string[] = [];
    const gate = Promise.withResolvers<void>();
    const { queue } = queueOf(async (key) => {
      worked.push(key);
      await gate.promise;
      return {};
    });
    for (let time = 0; time < 3; time++) queue.add("a");
    expect(queue.depth).toBe(1);
    queue.resume();
    for (let time = 0; time < 3; time++) queue.add("a");
    expect(worked).toEqual(["a"]);
    gate.resolve();
    await eventually(() => expect(queue.isIdle).toBe(true));
    expect(worked).toEqual(["a", "a"]);
  });

  it("works on several keys concurrently, but never on the same key twice", async () => {
    const underWay = new Set<string>();
    let most = 0;
    const { queue } = queueOf(async (key) => {
      expect(underWay.has(key)).toBe(false);
      underWay.add(key);
      most = Math.max(most, underWay.size);
      await new Promise((resolve) => setImmediate(resolve));
      underWay.delete(key);
      return {};
    });
    queue.resume();
    for (let round = 0; round < 50; round++) for (const key of ["a", "b", "c", "d"]) queue.add(key);
    await eventually(() => expect(queue.isIdle).toBe(true));
    expect(most).toBe(2);
  });

  it("retries a failed key, and resets its failures after a success", async () => {
    let left = 3;
    const { queue, failures } = queueOf(async () => {
      if (left-- > 0) throw new Error("not yet");
      return {};
    });
    queue.resume();
    queue.add("a");
    await eventually(() => expect(left).toBe(-1));
    expect(failures).toEqual([1, 2, 3].map((count) => ["a", count]));
    left = 1;
    queue.add("a");
    await eventually(() => expect(failures).toHaveLength(4));
    expect(failures.at(-1)).toEqual(["a", 1]);
    await eventually(() => expect(queue.isIdle).toBe(true));
  });

  it("works on a key that is always added again as often as its bucket allows, and on others in between", async () => {
    const bucket = { capacity: 3, msPerToken: 40 };
    const worked: string[] = [];
    const { queue } = queueOf(
      async (key) => {
        worked.push(key);
        if (key === "again") queue.add(key);
        return {};
      },
      { bucket, concurrency: 1 },
    );
    const startedAt = performance.now();
    queue.resume();
    queue.add("again");
    await eventually(() => expect(worked.length).toBeGreaterThanOrEqual(3));
    queue.add("other");
    await eventually(() => expect(worked.length).toBeGreaterThanOrEqual(7));
    await queue.pause();
    const passed = (performance.now() - startedAt) / bucket.msPerToken;
    expect(worked.filter((key) => key === "again").length).toBeLessThanOrEqual(bucket.capacity + passed + 1);
    expect(worked).toContain("other");
    expect(worked.indexOf("other")).toBeLessThan(6);
  });

  it("waits as long as requested", async () => {
    const times: number[] = [];
    const { queue } = queueOf(
      async () => {
        times.push(performance.now());
        if (times.length === 1) throw new Error("busy");
        return times.length === 2 ? { requeueAfterMs: 60 } : {};
      },
      { onFailure: () => 80 },
    );
    queue.resume();
    queue.add("a");
    await eventually(() => expect(times).toHaveLength(3));
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(79);
    expect(third - second).toBeGreaterThanOrEqual(59);
  });

  it("starts nothing while it is paused, and loses nothing", async () => {
    const worked: string[] = [];
    const gate = Promise.withResolvers<void>();
    const { queue } = queueOf(async (key) => {
      await gate.promise;
      worked.push(key);
      return {};
    });
    queue.resume();
    queue.add("a");
    const paused = queue.pause();
    queue.add("b");
    gate.resolve();
    await paused;
    expect([worked, queue.depth]).toEqual([["a"], 1]);
    queue.resume();
    await eventually(() => expect(worked).toEqual(["a", "b"]));
  });
});
