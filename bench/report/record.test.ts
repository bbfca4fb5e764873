import { expect, it } from "@jest/globals";
import { merged } from "./record.ts";
import type { Result } from "./results.ts";

const result = (name: string, value: number): Result => ({
  ...{ name, value, unit: "s", floor: null, ratio: null, rounds: [{ value }] },
});
const old = { machine: "old", commit: "aaaaaaa" };

it("a run replaces what it measured, and says where it comes from", () => {
  const before = merged([], { ...old, measures: [result("a", 1), result("b", 2)] }, ["a", "b"]);
  const run = { machine: "new", commit: "bbbbbbb", against: "aaaaaaa", measures: [result("b", 3)] };
  expect(merged(before, run, ["a", "b"])).toMatchObject([
    { name: "a", value: 1, ...old },
    { name: "b", value: 3, machine: "new", commit: "bbbbbbb", againstCommit: "aaaaaaa" },
  ]);
});

it("figures come in the order of the measures, without those that are measured no more", () => {
  const measures = ["gone", "b", "a"].map((name) => result(name, 1));
  expect(merged([], { ...old, measures }, ["a", "b"]).map(({ name }) => name)).toEqual(["a", "b"]);
});
