import { expect, it } from "@jest/globals";
import type { Measure } from "../runner/measure.ts";
import { resultsOf } from "./results.ts";

const measure: Measure = {
  name: "walk",
  title: "a walk",
  figures: [
    { name: "walk", unit: "s" },
    { name: "walk/steps", unit: "steps" },
  ],
  open: () => Promise.reject(new Error("never")),
};

it("a result has medians of the rounds", () => {
  expect(
    resultsOf(measure, [{ own: { walk: 3, "walk/steps": 9 } }, { own: { walk: 5, "walk/steps": 9 } }]),
  ).toEqual([
    { name: "walk", unit: "s", value: 4, floor: null, ratio: null, rounds: [{ value: 3 }, { value: 5 }] },
    {
      name: "walk/steps",
      unit: "steps",
      value: 9,
      floor: null,
      ratio: null,
      rounds: [{ value: 9 }, { value: 9 }],
    },
  ]);
});

it("a ratio compares what was measured in the same round", () => {
  const busy = { own: { walk: 40 }, floor: { walk: 10 }, against: { walk: 80 } };
  const quiet = { own: { walk: 4 }, floor: { walk: 1 }, against: { walk: 8 } };
  const [result] = resultsOf({ ...measure, figures: measure.figures.slice(0, 1) }, [busy, quiet, quiet]);
  expect(result).toMatchObject({ value: 4, floor: 1, ratio: 4, against: 8, ratioToAgainst: 0.5 });
  expect(result?.rounds[0]).toEqual({ value: 40, floor: 10, against: 80 });
});
