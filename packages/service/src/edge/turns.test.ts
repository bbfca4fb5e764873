import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { Turns } from "./turns.ts";

/** Turns on a clock that stands still, and what was started so far. */
function open() {
  const clock = { nowMs: 0 };
  const turns = new Turns<{ name: string }>(undefined, () => clock.nowMs);
  const started: string[] = [];
  const add = (source: { name: string }, count: number) => {
    for (let index = 1; index <= count; index += 1) {
      turns.add(source, () => started.push(`${source.name}${index}`));
    }
  };
  return { turns, clock, started, add };
}

const [mallory, alice, bob] = [{ name: "m" }, { name: "a" }, { name: "b" }] as const;

describe("turns", () => {
  it("start nothing at once, then one of each source after the other, and those of each in order", async () => {
    const { started, add } = open();
    add(mallory, 4);
    add(alice, 2);
    add(bob, 1);
    expect(started).toEqual([]);
    await nextTurn();
    expect(started).toEqual(["m1", "a1", "b1", "m2", "a2", "m3", "m4"]);
  });

  it("start at most 16 in each turn, also of those that come meanwhile", async () => {
    const { started, add } = open();
    add(mallory, 40);
    await nextTurn();
    const first = started.length;
    expect(first).toBe(16);
    add(alice, 1);
    while (started.length < 41) {
      const before = started.length;
      await nextTurn();
      expect(started.length - before).toBeLessThanOrEqual(16);
    }
    expect(started.indexOf("a1")).toBeLessThanOrEqual(first + 1);
  });

  it("end a turn with a start that takes long", async () => {
    const { turns, clock, started, add } = open();
    turns.add(mallory, () => {
      clock.nowMs += 10;
    });
    add(alice, 1);
    await nextTurn();
    expect(started).toEqual([]);
    await nextTurn();
    expect(started).toEqual(["a1"]);
  });

  it("start less beside what weighs more", async () => {
    const { turns, started, add } = open();
    add(mallory, 3);
    turns.add(alice, () => started.push("heavy"), 20);
    add(bob, 3);
    await nextTurn();
    expect(started).toEqual(["m1", "heavy"]);
    await nextTurn();
    expect(started).toEqual(["m1", "heavy", "b1", "m2", "b2", "m3", "b3"]);
  });

  it("forget what is dropped, and nothing else", async () => {
    const { turns, started, add } = open();
    add(mallory, 2);
    add(alice, 1);
    turns.drop(mallory);
    await nextTurn();
    expect(started).toEqual(["a1"]);
  });
});
