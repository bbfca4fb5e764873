import { describe, expect, it } from "@jest/globals";
import { durationText } from "./duration-text.ts";

describe("a duration", () => {
  it.each([
    [-500, "0s"],
    [59_999, "59s"],
    [60_000, "1m"],
    [61_000, "1m1s"],
    [3 * 3_600_000 + 5_000, "3h"],
    [(26 * 60 + 7) * 60_000, "1d2h"],
  ])("of %d ms is %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
