import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { backoffMs, jittered } from "./backoff.ts";

describe("backoffMs", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const longest = (failures: number) => {
    jest.spyOn(Math, "random").mockReturnValue(1);
    return backoffMs({ firstMs: 100, maxMs: 2_000 }, failures);
  };

  it.each([
    [0, 100],
    [1, 200],
    [4, 1_600],
    [5, 2_000],
    [5_000, 2_000],
  ])("pauses after %i failures for at most %i ms", (failures, ms) => {
    expect(longest(failures)).toBe(ms);
  });

  it("is drawn from the upper half", () => {
    const pauses = Array.from({ length: 200 }, () => jittered(1_000));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000);
    expect(new Set(pauses).size).toBeGreaterThan(100);
  });
});
