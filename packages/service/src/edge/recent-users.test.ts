import type { UserId } from "@dumbwaiter/core";
import { expect, it } from "@jest/globals";
import { RecentUsers } from "./recent-users.ts";

it("keeps one for each user, and forgets who was seen the longest ago", () => {
  const users = new RecentUsers(() => ({}));
  const [alice, bob] = [users.of("alice" as UserId), users.of("bob" as UserId)];
  expect(alice).not.toBe(bob);
  for (let others = 1; others < 20_000; others += 1) users.of(`user-${others}` as UserId);
  expect(users.of("bob" as UserId)).toBe(bob);
  expect(users.of("alice" as UserId)).not.toBe(alice);
});
