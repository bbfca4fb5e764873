import type { UserId } from "@dumbwaiter/core";
import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import { RecentUsers } from "./recent-users.ts";

const [ALICE, BOB] = ["alice", "bob"] as [UserId, UserId];
const MINUTE_MS = 60_000;

beforeEach(() => {
  jest.useFakeTimers();
  // The cache takes the time 0 for none.
  jest.advanceTimersByTime(1);
});
afterEach(() => {
  jest.useRealTimers();
});

it("keeps one for each user, and forgets who was seen the longest ago", () => {
  const users = new RecentUsers(() => ({}));
  const [alice, bob] = [users.of(ALICE), users.of(BOB)];
  expect(alice).not.toBe(bob);
  for (let others = 1; others < 20_000; others += 1) users.of(`user-${others}` as UserId);
  expect(users.of(BOB)).toBe(bob);
  expect(users.of(ALICE)).not.toBe(alice);
});

it("keeps who is seen again within 5 min, and has no name of others in memory a minute later", () => {
  const users = new RecentUsers(() => ({}));
  const bob = users.of(BOB);
  users.of(ALICE);
  jest.advanceTimersByTime(4 * MINUTE_MS);
  expect(users.of(BOB)).toBe(bob);
  expect(users.size).toBe(2);
  jest.advanceTimersByTime(2 * MINUTE_MS);
  expect(users.size).toBe(1);
  expect(users.of(BOB)).toBe(bob);
  jest.advanceTimersByTime(6 * MINUTE_MS + 1_000);
  expect(users.size).toBe(0);
  expect(jest.getTimerCount()).toBe(0);
  expect(users.of(BOB)).not.toBe(bob);
  jest.advanceTimersByTime(6 * MINUTE_MS + 1_000);
  expect(users.size).toBe(0);
});
