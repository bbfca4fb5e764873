import type { UserId } from "@dumbwaiter/core";
import { tokenBucket } from "@dumbwaiter/core";
import { expect, it } from "@jest/globals";
import { BytePace } from "./byte-pace.ts";

const [mallory, alice] = ["mallory", "alice"] as [UserId, UserId];

it("a pace lets a burst through, then makes its user wait, and no other", () => {
  let now = 0;
  const pace = new BytePace<UserId>(tokenBucket(1_000, 1_000), { now: () => now });
  expect(pace.delayMs(mallory)).toBe(0);
  pace.count(mallory, 500);
  expect(pace.delayMs(mallory)).toBe(0);
  pace.count(mallory, 800);
  // One byte is enough to go on.
  expect(pace.delayMs(mallory)).toBe(301);
  expect(pace.delayMs(alice)).toBe(0);
  now += 301;
  expect(pace.delayMs(mallory)).toBe(0);
});
