import { expect, it } from "@jest/globals";
import { columnsOf } from "./try-areas.ts";

it("says the share of the mutants killed, rounded down", () => {
  const score = { mutants: 50, killed: 2, survived: 1, equivalent: 1 };
  expect(columnsOf(score)).toEqual(["50", "4", "1", "2", "66 %"]);
});

it("says that there is no score of no mutants", () => {
  const score = { mutants: 1, killed: 0, survived: 0, equivalent: 1 };
  expect(columnsOf(score)).toEqual(["1", "1", "1", "0", "none"]);
});
