import type { UserId } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
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

  it("keeps some bytes of a call for as long as it needs them, and does not take those back", async () => {
    const budget = open({ patienceMs: 0, perProcess: 10 });
    let revoked = 0;
    const giveBack = await budget.take(alice, 10, () => (revoked += 1));
    giveBack(4);
    giveBack(4);
    expect(budget.heldBytes).toBe(4);
    const second = budget.take(bob, 7, never);
    await new Promise(setImmediate);
    expect([revoked, budget.heldBytes]).toEqual([0, 4]);
    giveBack();
    await second;
    expect(budget.heldBytes).toBe(7);
  });

  it("holds a crowd to the bounds of the process alone, and takes back from it what it waits for", async () => {
    const budget = open({ crowd: alice, waitingPerUser: 0, patienceMs: 0 });
    const first = await budget.take(alice, 10, () => first());
    await budget.take(alice, 10, never);
    await budget.take(alice, 8, never);
    expect(budget.heldBytes).toBe(18);
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

  it("lets a call that has gone wait no longer, and the next one take its place", async () => {
    const budget = open({ waitingPerUser: 1 });
    const first = await budget.take(alice, 10, never);
    let leave = never;
    const gone = budget.take(alice, 1, never, (listener) => {
      leave = listener;
    });
    leave();
    (await gone)();
    const next = budget.take(alice, 1, never);
    first();
    await next;
    leave();
    expect(budget.heldBytes).toBe(1);
  });

  it("refuses a call as unavailable when the process's bytes stay used up", async () => {
    const budget = open({ perProcess: 10, maxWaitMs: 20 });
    await budget.take(alice, 10, never);
    const waiting = [bob, bob, carol].map((user) => budget.take(user, 1, never));
    await expect(budget.take(carol, 1, never)).rejects.toMatchObject({ code: "unavailable" });
    for (const call of waiting) await expect(call).rejects.toMatchObject({ code: "unavailable" });
  });

  it("serves users in turn, however many calls of one wait", async () => {
    const budget = open({ perProcess: 10, waitingPerUser: 5, waitingPerProcess: 10 });
    let giveBack = await budget.take(alice, 10, never);
    const served: UserId[] = [];
    for (const user of [alice, alice, alice, bob, carol]) {
      void budget.take(user, 10, never).then((granted) => {
        served.push(user);
        giveBack = granted;
      });
    }
    for (let count = 1; count <= 5; count += 1) {
      giveBack();
      await eventually(() => expect(served).toHaveLength(count));
    }
    expect(served).toEqual([alice, bob, carol, alice, alice]);
  });

  it("lets a user's first call wait, however many of others do", async () => {
    const budget = open({ perProcess: 10, waitingPerProcess: 2 });
    const giveBack = await budget.take(alice, 10, never);
    const others = [budget.take(alice, 1, never), budget.take(alice, 1, never)];
    const bobs = budget.take(bob, 1, never);
    await expect(budget.take(bob, 1, never)).rejects.toMatchObject({ code: "unavailable" });
    giveBack();
    await Promise.all([...others, bobs]);
    expect(budget.heldBytes).toBe(3);
  });

  it("takes the process's bytes back from the user who holds the most, the longest held first", async () => {
    const budget = open({ perProcess: 20, patienceMs: 20 });
    const revoked: string[] = [];
    const hold = async (user: UserId, bytes: number, name: string) => {
      const giveBack = await budget.take(user, bytes, () => {
        revoked.push(name);
        setImmediate(giveBack);
      });
    };
    await hold(bob, 9, "bob");
    await hold(alice, 5, "alice's first");
    await hold(alice, 5, "alice's second");
    await budget.take(carol, 10, never);
    expect(revoked).toEqual(["alice's first", "bob"]);
    expect(budget.heldBytes).toBe(15);
  });

  it("does not wait for who goes on working after bytes were taken back", async () => {
    const budget = open({ perProcess: 20, patienceMs: 20 });
    await budget.take(alice, 10, never);
    const bobs = await budget.take(bob, 10, () => setImmediate(bobs));
    await budget.take(carol, 10, never);
    expect(budget.heldBytes).toBe(20);
  });

  it("takes no bytes back while none wait for the process's", async () => {
    const budget = open({ patienceMs: 0, maxWaitMs: 20 });
    const revoked: string[] = [];
    await budget.take(alice, 10, () => revoked.push("alice"));
    await expect(budget.take(alice, 1, never)).rejects.toMatchObject({ code: "rate_limited" });
    expect(revoked).toEqual([]);
  });
});
