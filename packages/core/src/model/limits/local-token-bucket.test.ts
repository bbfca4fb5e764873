import { expect, it } from "@jest/globals";
import { LocalTokenBucket } from "./local-token-bucket.ts";
import { tokenBucket } from "./token-bucket.ts";

it("lets a burst through, then makes what comes next wait", () => {
  let now = 0;
  const bucket = new LocalTokenBucket(tokenBucket(1_000, 1_000), { now: () => now });
  expect(bucket.waitMs).toBe(0);
  bucket.take(500);
  expect(bucket.waitMs).toBe(0);
  bucket.take(800);
  // One token is enough to go on.
  expect(bucket.waitMs).toBe(301);
  now += 301;
  expect(bucket.waitMs).toBe(0);
});
