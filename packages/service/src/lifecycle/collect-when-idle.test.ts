import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const FILE = join(import.meta.dirname, "collect-when-idle.ts");
const LOOK_MS = 100;

/** Runs this code beside `collectWhenIdle`. Returns by how many MiB each forced collection made the heap smaller. */
function collectionsBeside(code: string): number[] {
  const program = `
    import { PerformanceObserver, constants } from "node:perf_hooks";
    import { setTimeout as sleep } from "node:timers/promises";
    import { collectWhenIdle } from ${JSON.stringify(FILE)};

    const collections = [];
    const heap = () => process.memoryUsage().heapUsed / 2 ** 20;
    let before = 0;
    new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) {
        if (detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) collections.push(before - heap());
      }
    }).observe({ entryTypes: ["gc"] });
    const grow = (mebibytes) => {
      const objects = Array.from({ length: mebibytes * 16_384 }, (_, index) => ({ index, a: 1, b: 2, c: 3, d: index }));
      before = heap();
      return objects;
    };
    collectWhenIdle(${LOOK_MS});
    await sleep(${3 * LOOK_MS});
    ${code}
    console.log(JSON.stringify(collections));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: {},
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

describe("an idle process", () => {
  it("collects what a burst left, once", () => {
    const freed = collectionsBeside(`
      grow(100);
      const end = performance.now() + 30_000;
      while (collections.length === 0 && performance.now() < end) await sleep(${LOOK_MS});
      await sleep(${5 * LOOK_MS});`);
    expect(freed).toEqual([expect.any(Number)]);
    expect(freed[0]).toBeGreaterThan(60);
  });

  it("leaves a heap alone that has hardly grown", () => {
    expect(collectionsBeside(`grow(16); await sleep(${10 * LOOK_MS});`)).toEqual([]);
  });

  it("leaves a large heap to V8", () => {
    expect(collectionsBeside(`const kept = grow(200); await sleep(${10 * LOOK_MS}); kept.length;`)).toEqual(
      [],
    );
  });
});

it("a busy process is not stopped", () => {
  const busy = `grow(100);
    const end = performance.now() + ${10 * LOOK_MS};
    while (performance.now() < end) {
      const until = performance.now() + 30;
      while (performance.now() < until);
      await sleep(20);
    }`;
  expect(collectionsBeside(busy)).toEqual([]);
});
