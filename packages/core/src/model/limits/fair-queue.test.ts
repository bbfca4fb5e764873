import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { UnavailableError } from "../errors.ts";
import type { UserId } from "../user.ts";
import { FairQueue } from "./fair-queue.ts";

const [mallory, alice, bob] = ["mallory", "alice", "bob"] as [UserId, UserId, UserId];
const LIMITS = { maxInFlight: 4, maxInFlightPerUser: 2, maxWaitingPerUser: 100, maxWaitMs: 60_000 };

/** A queue whose work ends when the test says so. */
function open(limits: Partial<typeof LIMITS> = {}) {
  const queue = new FairQueue({ ...LIMITS, ...limits });
  const started: string[] = [];
  const underWay: PromiseWithResolvers<string>[] = [];
  const run = (user: UserId, name: string, weight = 1) =>
    queue.run(user, weight, () => {
      started.push(name);
      const work = Promise.withResolvers<string>();
      underWay.push(work);
      return work.promise;
    });
  const end = async (name = "done") => {
    underWay.shift()?.resolve(name);
    await new Promise(setImmediate);
  };
  const fail = async (error: Error) => {
    underWay.shift()?.reject(error);
    await new Promise(setImmediate);
  };
  return { run, started, end, fail };
}

describe("a fair queue", () => {
  it("settles as the work does, and fails nothing else with work that fails", async () => {
    const { run, end, fail } = open({ maxInFlight: 1 });
    const failing = run(mallory, "m1");
    const waiting = [run(mallory, "m2"), run(alice, "a1")];
    const outcome = expect(failing).rejects.toBeInstanceOf(UnavailableError);
    await fail(new UnavailableError("store", new Error("timed out")));
    await outcome;
    await end("first");
    await end("second");
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["first", "second"]));
  });

  it("leaves room to others while one user's work waits", async () => {
    const { run, started } = open();
    for (let index = 0; index < 50; index += 1) void run(mallory, "mallory");
    void run(alice, "alice");
    void run(bob, "bob");
    expect(started).toEqual(["mallory", "mallory", "alice", "bob"]);
  });

  it("serves users in turn, and the work of each in order", async () => {
    const { run, started, end } = open({ maxInFlight: 1 });
    for (const name of ["m1", "m2", "m3", "m4"]) void run(mallory, name);
    for (const name of ["a1", "a2"]) void run(alice, name);
    void run(bob, "b1");
    for (let index = 0; index < 6; index += 1) await end();
    expect(started).toEqual(["m1", "m2", "a1", "b1", "m3", "a2", "m4"]);
  });

  it("serves first who has the least in progress", async () => {
    const { run, started, end } = open({ maxInFlight: 3 });
    const eve = "eve" as UserId;
    for (const name of ["m1", "m2", "m3"]) void run(mallory, name);
    for (const name of ["e1", "e2", "e3"]) void run(eve, name);
    void run(bob, "b1");
    await end();
    await end();
    // Eve has waited longer each time, but has work in progress.
    expect(started).toEqual(["m1", "m2", "e1", "b1", "m3"]);
  });

  it("counts by weight, and runs what is heavier than all room alone", async () => {
    const { run, started, end } = open();
    void run(mallory, "heavy", 10);
    void run(alice, "light");
    expect(started).toEqual(["heavy"]);
    await end();
    expect(started).toEqual(["heavy", "light"]);
    void run(bob, "heavier", 10);
    expect(started).toHaveLength(2);
    await end();
    expect(started).toEqual(["heavy", "light", "heavier"]);
  });

  it("refuses a user who has too much waiting, and no other", async () => {
    const { run } = open({ maxInFlightPerUser: 1, maxWaitingPerUser: 2 });
    for (let index = 0; index < 3; index += 1) void run(mallory, "m");
    await expect(run(mallory, "m")).rejects.toMatchObject({ code: "rate_limited" });
    void run(alice, "a");
  });

  it("fails what has waited for too long once the store is unavailable, and goes on with the rest", async () => {
    const { run, started, fail, end } = open({ maxInFlight: 1, maxWaitMs: 20 });
    const unavailable = new UnavailableError("store", new Error("timed out"));
    const first = expect(run(mallory, "m1")).rejects.toBe(unavailable);
    const overdue = expect(run(alice, "a1")).rejects.toBe(unavailable);
    await sleep(25);
    const later = run(alice, "a2");
    await fail(unavailable);
    await Promise.all([first, overdue]);
    expect(started).toEqual(["m1", "a2"]);
    await end("done");
    expect(await later).toBe("done");
  });

  it("fails nothing that waits, however long, with work that fails for another reason", async () => {
    const { run, started, fail } = open({ maxInFlight: 1, maxWaitMs: 0 });
    const first = expect(run(mallory, "m1")).rejects.toThrow("no such queue");
    void run(alice, "a1");
    await fail(new Error("no such queue"));
    await first;
    expect(started).toEqual(["m1", "a1"]);
  });
});
