import { describe, expect, it } from "@jest/globals";
import { Backoff, backoffMs } from "./backoff.ts";

const OPTIONS = { firstMs: 100, maxMs: 1000 };

describe("a backoff", () => {
  it("doubles up to its limit, each time somewhere in the upper half", () => {
    for (const [failures, full] of [100, 200, 400, 800, 1000, 1000].entries()) {
      const drawn = Array.from({ length: 100 }, () => backoffMs(OPTIONS, failures));
      expect(Math.min(...drawn)).toBeGreaterThanOrEqual(full / 2);
      expect(Math.max(...drawn)).toBeLessThanOrEqual(full);
      expect(new Set(drawn).size).toBeGreaterThan(1);
    }
    expect(backoffMs(OPTIONS, 10_000)).toBeLessThanOrEqual(1000);
  });

  it("begins anew after a success", () => {
    const backoff = new Backoff(OPTIONS);
    for (let attempt = 0; attempt < 5; attempt++) backoff.nextMs();
    backoff.reset();
    expect(backoff.nextMs()).toBeLessThanOrEqual(100);
  });
});
