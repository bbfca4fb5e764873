import { systemClock, tokenBucket, type UserId } from "@dumbwaiter/core";
import { expect, it } from "@jest/globals";
import { BytePace } from "./byte-pace.ts";

const [mallory, alice] = ["mallory", "alice"] as [UserId, UserId];

it("a pace lets a burst through, then makes its user wait, and no other", async () => {
  const pace = new BytePace<UserId>(tokenBucket(1_000, 1_000), systemClock);
  await pace.wait(mallory, 500);
  pace.count(mallory, 800);
  const started = performance.now();
  const late = pace.wait(mallory, 1).then(() => "mallory");
  expect(await Promise.race([late, pace.wait(alice, 1).then(() => "alice")])).toBe("alice");
  await late;
  // 300 bytes were owed.
  expect(performance.now() - started).toBeGreaterThan(200);
});
