import type { Charge } from "@dumbwaiter/core";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { BucketCopies } from "./bucket-copies.ts";

/** A token every 10 ms. */
const BUCKET = { capacity: 80, msPerToken: 10 };
const EMPTY_MS = 800;

describe("a process's copies of buckets", () => {
  let now: number;
  let copies: BucketCopies;
  beforeEach(() => {
    now = 1_000;
    copies = new BucketCopies(() => now);
  });

  const of = (key: string, cost = 1): Charge => ({ key, bucket: BUCKET, cost });
  const decide = (...charges: Charge[]) => copies.decide(charges);
  function admitTen(key: string): void {
    for (let taken = 0; taken < 10; taken += 1) expect(decide(of(key))).toBe("admitted");
  }

  it("give an eighth of a bucket that nothing is known of, and have it owed", () => {
    admitTen("a");
    expect(decide(of("a"))).toBe("ask");
    expect(copies.isInDebt).toBe(true);
    expect(copies.collect()).toEqual([[of("a", 10)]]);
    expect(copies.isInDebt).toBe(false);
  });

  it("give another eighth only once Redis has what is owed", () => {
    admitTen("a");
    const owed = copies.collect(["b", "a"]);
    expect(decide(of("a"))).toBe("ask");
    copies.settled(owed);
    copies.heard(of("a"), 100);
    admitTen("a");
  });

  it("give nothing of a bucket that is less than half full, with what is owed", () => {
    copies.heard(of("a"), 350);
    for (let taken = 0; taken < 6; taken += 1) expect(decide(of("a"))).toBe("admitted");
    expect(decide(of("a"))).toBe("ask");
    copies.heard(of("a"), 350);
    expect(decide(of("a"))).toBe("ask");
    now += 10;
    expect(decide(of("a"))).toBe("admitted");
  });

  it("take from all buckets of an attempt or from none", () => {
    copies.heard(of("b"), EMPTY_MS);
    expect(decide(of("a"), of("b"))).toBe("ask");
    expect(copies.isInDebt).toBe(false);
    expect(decide(of("a"), of("c", 11))).toBe("ask");
    expect(copies.isInDebt).toBe(false);
  });

  it("refuse while a bucket is empty as Redis said, and ask again after 100 ms", () => {
    copies.heard(of("a"), EMPTY_MS + 240);
    copies.refused({ charge: of("a"), waitMs: 250 });
    const attempt = of("a");
    expect(decide(of("b"), attempt)).toEqual({ charge: attempt, waitMs: 250 });
    now += 90;
    expect(decide(attempt)).toEqual({ charge: attempt, waitMs: 160 });
    now += 10;
    expect(decide(attempt)).toBe("ask");
  });

  it("ask 2 ms before a bucket is no longer empty, for a timer may be early by so much", () => {
    copies.heard(of("a"), EMPTY_MS + 40);
    copies.refused({ charge: of("a"), waitMs: 50 });
    now += 47;
    expect(decide(of("a"))).toMatchObject({ waitMs: 3 });
    now += 1;
    expect(decide(of("a"))).toBe("ask");
  });

  it("let a bucket gather tokens for 20 ms", () => {
    copies.heard(of("a"), EMPTY_MS - 9);
    copies.refused({ charge: of("a"), waitMs: 1 });
    now += 5;
    expect(decide(of("a"))).toMatchObject({ waitMs: 15 });
    now += 15;
    expect(decide(of("a"))).toBe("ask");
  });

  it("have what was given back told to Redis too, at once if the bucket is asked about", () => {
    const inStep = { ...of("bytes", 0), mode: "inStep" } as const;
    expect(decide(of("call", 2), of("queue", -2), inStep)).toBe("admitted");
    expect(decide(of("call", 3), of("queue", -3), inStep)).toBe("admitted");
    expect(decide(of("queue", 7))).toBe("admitted");
    expect(decide(of("queue", -7))).toBe("ask");
    expect(copies.collect(["bytes", "queue"])).toEqual([[of("queue", -5), inStep], [of("queue", 7)]]);
    expect(copies.collect()).toEqual([[of("call", 5)]]);
    expect(copies.isInDebt).toBe(false);
  });

  it("give nothing back with an attempt that is not admitted", () => {
    expect(decide(of("call", 11), of("queue", -11))).toBe("ask");
    expect(copies.isInDebt).toBe(false);
  });

  it("ask once tokens were given back, here or elsewhere", () => {
    for (const giveBack of [() => decide(of("a", -5)), () => copies.heard(of("a"), EMPTY_MS - 50)]) {
      copies.heard(of("a"), EMPTY_MS);
      copies.refused({ charge: of("a"), waitMs: 60_000 });
      expect(decide(of("a"))).toMatchObject({ waitMs: 60_000 });
      giveBack();
      expect(decide(of("a"))).toBe("ask");
    }
  });

  it("ask about a bucket that counted only while another was low", () => {
    copies.refused({ charge: { ...of("a"), mode: "whileLow" }, waitMs: 250 });
    copies.heard(of("b"), EMPTY_MS);
    expect(decide(of("b"), { ...of("a"), mode: "whileLow" })).toBe("ask");
    expect(decide({ ...of("a", -1), mode: "whileLow" })).toBe("ask");
    copies.heard(of("b"), 0);
    expect(decide(of("b"), { ...of("a"), mode: "whileLow" })).toBe("admitted");
    expect(copies.collect()).toEqual([[of("b")]]);
  });
});
