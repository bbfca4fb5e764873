import { describe, expect, it } from "@jest/globals";
import { take, waitMs } from "./token-bucket.ts";

const bucket = { capacity: 10, msPerToken: 100 };
const NOW = 1_790_000_000_000;

describe("token bucket", () => {
  it("is full when nothing is known of it or its time has passed", () => {
    expect(waitMs(bucket, undefined, NOW)).toBe(0);
    expect(take(bucket, undefined, NOW, 1)).toBe(NOW + 100);
    expect(take(bucket, NOW - 1, NOW, 1)).toBe(NOW + 100);
  });

  it("lets its capacity through at once and one more each msPerToken", () => {
    let fullAt: number | undefined;
    for (let taken = 0; taken < 10; taken += 1) {
      expect(waitMs(bucket, fullAt, NOW)).toBe(0);
      fullAt = take(bucket, fullAt, NOW, 1);
    }
    expect(waitMs(bucket, fullAt, NOW)).toBe(100);
    expect(waitMs(bucket, fullAt, NOW + 99)).toBe(1);
    expect(waitMs(bucket, fullAt, NOW + 100)).toBe(0);
  });

  it("lets an attempt through for one token, and has the rest paid back", () => {
    const nineTaken = take(bucket, undefined, NOW, 9);
    expect(waitMs(bucket, nineTaken, NOW)).toBe(0);
    expect(waitMs(bucket, take(bucket, nineTaken, NOW, 5), NOW)).toBe(500);
  });

  it("never asks for more than an empty bucket takes to fill", () => {
    const nineTaken = take(bucket, undefined, NOW, 9);
    expect(waitMs(bucket, take(bucket, nineTaken, NOW, 1e12), NOW)).toBe(1000);
  });

  it("passes after just the wait that it named, whatever the rounding", () => {
    for (const perHour of [7, 997, 64 * 2 ** 20, 3 * 2 ** 30]) {
      const odd = { capacity: perHour, msPerToken: 3_600_000 / perHour };
      const fullAt = take(odd, take(odd, undefined, NOW, perHour / 3), NOW + 0.5, perHour);
      expect(waitMs(odd, fullAt, NOW + waitMs(odd, fullAt, NOW))).toBe(0);
    }
  });
});
