import { describe, expect, it } from "@jest/globals";
import { pause, retryDelayMs, within } from "./backoff.ts";

describe("retries", () => {
  it("are spread over half a second at first, later over 10 s, after what the server asked for", () => {
    const most = (failures: number, retryAfterMs?: number) =>
      Math.max(...Array.from({ length: 1_000 }, () => retryDelayMs(failures, retryAfterMs)));
    const least = (failures: number, retryAfterMs?: number) =>
      Math.min(...Array.from({ length: 1_000 }, () => retryDelayMs(failures, retryAfterMs)));
    expect(most(0)).toBeLessThanOrEqual(500);
    expect(most(0)).toBeGreaterThan(400);
    expect(least(0)).toBeLessThan(100);
    expect(most(2)).toBeGreaterThan(1_600);
    expect(most(1_000)).toBeLessThanOrEqual(10_000);
    expect(most(1_000)).toBeGreaterThan(9_000);
    expect(least(0, 3_000)).toBeGreaterThanOrEqual(3_000);
    expect(most(0, 3_000)).toBeLessThanOrEqual(3_500);
  });

  it("end with the reason of the signal", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => abort.abort(reason), 10);
    await expect(pause(1e12, abort.signal)).rejects.toBe(reason);
    await expect(pause(0, abort.signal)).rejects.toBe(reason);
    await expect(pause(1)).resolves.toBeUndefined();
  });

  it("give up on what takes too long", async () => {
    const never = new Promise<string>(() => {});
    expect(await within(never, 1, undefined, () => "late")).toBe("late");
    expect(await within(Promise.resolve("early"), 1e12, undefined, () => "late")).toBe("early");
  });
});
