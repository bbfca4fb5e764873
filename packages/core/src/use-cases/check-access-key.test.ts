import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { testClock } from "../../contracts/samples.ts";
import type { AccessKeyHash } from "../model/access-key.ts";
import { UnavailableError } from "../model/errors.ts";
import type { UserId } from "../model/user.ts";
import { ACCESS_KEY_CACHE_MS, createAccessKeyCheck } from "./check-access-key.ts";

const [bob, carol, nobody] = ["bob", "carol", "nobody"] as [UserId, UserId, UserId];
const [old, current, wrong] = ["old", "current", "wrong"].map((text) => text.padEnd(43, "x")) as [
  AccessKeyHash,
  AccessKeyHash,
  AccessKeyHash,
];
const refused = expect.objectContaining({ code: "access_key_refused", retryable: false });

/** Bob has a key, carol has none. */
function open() {
  const keys = new Map<UserId, AccessKeyHash>([[bob, old]]);
  const lookups: (readonly UserId[])[] = [];
  const store = {
    keys,
    lookups,
    clock: testClock(),
    /** Awaited by each lookup once it has read. */
    answers: undefined as Promise<void> | undefined,
    startProcess: () => createAccessKeyCheck({ accessKeys: { lookup }, clock: store.clock }),
  };
  async function lookup(users: readonly UserId[]) {
    lookups.push(users);
    const found = new Map([...keys].filter(([user]) => users.includes(user)));
    await store.answers;
    return found;
  }
  return store;
}

afterEach(() => {
  jest.useRealTimers();
});

describe("an access key", () => {
  it("is accepted when it is the recipient's, without another look for 5 s", async () => {
    const { startProcess, lookups, clock } = open();
    const check = startProcess();
    await check(bob, old);
    clock.advance(ACCESS_KEY_CACHE_MS - 1000);
    await check(bob, old);
    expect(lookups).toEqual([[bob]]);
    clock.advance(1000);
    await check(bob, old);
    expect(lookups).toEqual([[bob], [bob]]);
  });

  it("is refused alike, after one look each, whoever the recipient is and whatever was sent before", async () => {
    const { startProcess, lookups } = open();
    const check = startProcess();
    await check(bob, old);
    lookups.length = 0;
    const errors: unknown[] = [];
    for (const each of [bob, carol, nobody, bob, carol, nobody]) {
      errors.push(await check(each, wrong).catch((error) => ({ ...error, message: error.message })));
    }
    expect(errors[0]).toMatchObject({ code: "access_key_refused" });
    expect(new Set(errors.map((error) => JSON.stringify(error))).size).toBe(1);
    expect(lookups).toEqual([[bob], [carol], [nobody], [bob], [carol], [nobody]]);
  });

  it("that was replaced is refused by every process within 10 s, and the new one accepted at once", async () => {
    const { keys, startProcess, clock } = open();
    const processes = [startProcess(), startProcess()];
    for (const check of processes) await check(bob, old);
    keys.set(bob, current);
    for (const check of processes) await check(bob, current);
    for (const check of processes) await expect(check(bob, old)).rejects.toEqual(refused);
    keys.delete(bob);
    clock.advance(ACCESS_KEY_CACHE_MS);
    for (const check of processes) await expect(check(bob, current)).rejects.toEqual(refused);
  });

  it("that was replaced passes no longer than 5 s where nobody comes with the new one", async () => {
    const { keys, startProcess, clock } = open();
    const check = startProcess();
    await check(bob, old);
    keys.set(bob, current);
    clock.advance(ACCESS_KEY_CACHE_MS - 1000);
    await check(bob, old);
    clock.advance(1000);
    await expect(check(bob, old)).rejects.toEqual(refused);
  });

  it("that was removed is refused as soon as a look for another has found none", async () => {
    const { startProcess, keys } = open();
    const check = startProcess();
    await check(bob, old);
    keys.delete(bob);
    await check(bob, old);
    await expect(check(bob, wrong)).rejects.toEqual(refused);
    await expect(check(bob, old)).rejects.toEqual(refused);
  });

  it("is as old as the look for it, however long that took", async () => {
    const store = open();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.answers = promise;
    const check = store.startProcess();
    const slow = check(bob, old);
    await untilLookups(store, 1);
    store.keys.set(bob, current);
    store.clock.advance(ACCESS_KEY_CACHE_MS);
    resolve();
    await slow;
    await expect(check(bob, old)).rejects.toEqual(refused);
  });

  it("is in memory for 5 s, whatever the clock says", async () => {
    jest.useFakeTimers({ doNotFake: ["Date", "performance", "setImmediate"] });
    const { startProcess, lookups } = open();
    const check = startProcess();
    await check(bob, old);
    jest.advanceTimersByTime(ACCESS_KEY_CACHE_MS - 1);
    await check(bob, old);
    expect(lookups).toEqual([[bob]]);
    jest.advanceTimersByTime(1);
    await check(bob, old);
    expect(lookups).toEqual([[bob], [bob]]);
  });

  it("is looked for again when the clock was set back", async () => {
    const { keys, startProcess, clock } = open();
    const check = startProcess();
    await check(bob, old);
    keys.set(bob, current);
    clock.advance(-60_000);
    await expect(check(bob, old)).rejects.toEqual(refused);
  });
});

describe("looks", () => {
  it("of one moment are one lookup, for all recipients", async () => {
    const { startProcess, lookups } = open();
    const check = startProcess();
    const results = await Promise.allSettled([
      ...Array.from({ length: 50 }, () => check(bob, old)),
      check(carol, wrong),
      check(nobody, wrong),
    ]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(50);
    expect(lookups).toEqual([[bob, carol, nobody]]);
  });

  it("that are under way are shared by whoever comes meanwhile", async () => {
    const store = open();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.answers = promise;
    const check = store.startProcess();
    const first = check(bob, old);
    await untilLookups(store, 1);
    const later = Array.from({ length: 10 }, () => check(bob, old));
    resolve();
    await Promise.all([first, ...later]);
    expect(store.lookups).toHaveLength(1);
  });

  it("that refuse began after the call, one for all who wait", async () => {
    const store = open();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.answers = promise;
    const check = store.startProcess();
    const first = check(bob, old);
    await untilLookups(store, 1);
    store.keys.set(bob, current);
    const later = Array.from({ length: 10 }, () => check(bob, current));
    const wrongs = Array.from({ length: 10 }, () => check(bob, wrong));
    resolve();
    await Promise.all([first, ...later]);
    for (const each of await Promise.allSettled(wrongs)) expect(each).toMatchObject({ reason: refused });
    expect(store.lookups).toHaveLength(2);
  });

  it("that fail are made again by the next call", async () => {
    const store = open();
    store.answers = Promise.reject(new UnavailableError("test"));
    const check = store.startProcess();
    const outcomes = await Promise.allSettled([check(bob, old), check(carol, wrong)]);
    for (const each of outcomes) expect(each).toMatchObject({ reason: { code: "unavailable" } });
    store.answers = undefined;
    await check(bob, old);
  });
});

async function untilLookups({ lookups }: { readonly lookups: readonly unknown[] }, count: number) {
  while (lookups.length < count) await new Promise((resolve) => setImmediate(resolve));
}
