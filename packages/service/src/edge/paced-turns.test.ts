import type { UserId } from "@dumbwaiter/core";
import { describe, expect, it } from "@jest/globals";
import { PacedTurns } from "./paced-turns.ts";

const KIB = 1024;
const [mallory, alice] = ["mallory", "alice"] as [UserId, UserId];

describe("paced turns", () => {
  it("let users write much in turn, and little at once", async () => {
    const turns = new PacedTurns(128 * 1024 * KIB);
    const written: string[] = [];
    const write = async (name: string, user: UserId, bytes: number) => {
      await turns.next(user, bytes);
      written.push(name);
    };
    const all = [1, 2, 3, 4].map((part) => write(`m${part}`, mallory, 512 * KIB));
    all.push(write("a1", alice, 512 * KIB), write("a2", alice, 512 * KIB), write("small", alice, KIB));
    await Promise.all(all);
    expect(written.slice(0, 2).toSorted()).toEqual(["m1", "small"]);
    expect(written.slice(2)).toEqual(["a1", "m2", "a2", "m3", "m4"]);
  });

  it("keep all users together at the rate", async () => {
    const turns = new PacedTurns(128 * 1024 * KIB);
    const start = performance.now();
    await Promise.all(
      Array.from({ length: 33 }, (_, index) => turns.next(`user${index % 4}` as UserId, 512 * KIB)),
    );
    expect(performance.now() - start).toBeGreaterThan(80);
  });

  it("let nobody wait for users who have gone", async () => {
    const turns = new PacedTurns(1024 * KIB);
    let isGone = false;
    const first = turns.next("bob" as UserId, 128 * KIB);
    const anHour = turns.next(mallory, 3600 * 1024 * KIB, () => isGone);
    const next = turns.next(alice, 128 * KIB);
    isGone = true;
    await Promise.all([first, anHour, next]);
  });
});
