import type { UserId } from "@dumbwaiter/core";
import { describe, expect, it } from "@jest/globals";
import { PullTurns } from "./pull-turns.ts";

const KIB = 1024;
const [mallory, alice] = ["mallory", "alice"] as [UserId, UserId];

describe("the turns of pulls", () => {
  it("let users write large parts in turn, and small ones at once", async () => {
    const turns = new PullTurns();
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

  it("keep the pulls of all users at 128 MiB per second", async () => {
    const turns = new PullTurns();
    const start = performance.now();
    await Promise.all(
      Array.from({ length: 33 }, (_, index) => turns.next(`user${index % 4}` as UserId, 512 * KIB)),
    );
    expect(performance.now() - start).toBeGreaterThan(120);
  });
});
