import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import { RecentCache } from "./recent-cache.ts";

const MINUTE_MS = 60_000;

beforeEach(() => {
  jest.useFakeTimers();
  // The cache takes the time 0 for none.
  jest.advanceTimersByTime(1);
});
afterEach(() => {
  jest.useRealTimers();
});

it("keeps who is seen again within 5 min, and has no name of others in memory a minute later", () => {
  const cache = new RecentCache<string, object>(10);
  const [alice, bob] = [{}, {}];
  cache.set("alice", alice);
  cache.set("bob", bob);
  jest.advanceTimersByTime(4 * MINUTE_MS);
  expect(cache.get("bob")).toBe(bob);
  expect(cache.size).toBe(2);
  jest.advanceTimersByTime(2 * MINUTE_MS);
  expect(cache.size).toBe(1);
  expect(cache.get("bob")).toBe(bob);
  jest.advanceTimersByTime(6 * MINUTE_MS + 1_000);
  expect(cache.size).toBe(0);
  expect(jest.getTimerCount()).toBe(0);
});

it("forgets also what comes after it has been empty", () => {
  const cache = new RecentCache<string, object>(10);
  for (let round = 0; round < 2; round += 1) {
    cache.set("alice", {});
    jest.advanceTimersByTime(6 * MINUTE_MS + 1_000);
    expect(cache.size).toBe(0);
  }
});
