import type { UserId } from "@dumbwaiter/core";
import { describe, expect, it } from "@jest/globals";
import { ByteBudget, type ByteBudgetOptions } from "./byte-budget.ts";

const [alice, bob, carol] = ["alice", "bob", "carol"] as UserId[] as [UserId, UserId, UserId];
const never = () => {};

function open(options: Partial<ByteBudgetOptions> = {}) {
  return new ByteBudget({
    perUser: 10,
    perProcess: 25,
    waitingPerUser: 2,
    waitingPerProcess: 3,
    maxWaitMs: 60_000,
    patienceMs: 60_000,
    ...options,
  });
}

describe("ByteBudget", () => {
  it("lets a user's calls wait for that user's bytes, and nobody else", async () => {
    const budget = open();
    const first = await budget.take(alice, 8, never);
    let granted = false;
    const second = budget.take(alice, 3, never).then((giveBack) => {
      granted = true;
      return giveBack;
    });
    await budget.take(bob, 10, never);
    expect([granted, budget.heldBytes]).toEqual([false, 18]);
    first();
    first();
    (await second)();
    expect(budget.heldBytes).toBe(10);
  });

  it("grants a call that wants more than a user may have once nothing else of the user is held", async () => {
    const budget = open();
    const giveBack = await budget.take(alice, 1_000, never);
    expect(budget.heldBytes).toBe(10);
    giveBack();
    expect(budget.heldBytes).toBe(0);
  });

  it("refuses a call when too many of the user's wait, or after its time", async () => {
    const budget = open({ maxWaitMs: 20 });
    await budget.take(alice, 10, never);
    const waiting = [budget.take(alice, 1, never), budget.take(alice, 1, never)];
    await expect(budget.take(alice, 1, never)).rejects.toMatchObject({ code: "rate_limited" });
    for (const call of waiting) await expect(call).rejects.toMatchObject({ code: "rate_limited" });
    expect(budget.heldBytes).toBe(10);
  });

  it("refuses a call as unavailable when the process's bytes stay used up", async () => {
    const budget = open({ perProcess: 10, maxWaitMs: 20 });
    await budget.take(alice, 10, never);
    const waiting = [bob, bob, carol].map((user) => budget.take(user, 1, never));
    await expect(budget.take(carol, 1, never)).rejects.toMatchObject({ code: "unavailable" });
    for (const call of waiting) await expect(call).rejects.toMatchObject({ code: "unavailable" });
  });

  it("takes the process's bytes back from who has held them the longest", async () => {
    const budget = open({ perProcess: 20, patienceMs: 20 });
    const revoked: string[] = [];
    const giveBack = await budget.take(alice, 10, () => {
      revoked.push("alice");
      giveBack();
    });
    await budget.take(bob, 10, () => revoked.push("bob"));
    await budget.take(carol, 10, never);
    expect(revoked).toEqual(["alice"]);
  });
});
