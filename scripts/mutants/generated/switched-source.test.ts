import { expect, it } from "@jest/globals";
import { sampleOf } from "./switched-source.ts";

const mutants = Array.from({ length: 20 }, (_, index) => ({
  id: `file.ts:${index}`,
  file: "file.ts",
  line: index,
  from: `a < ${index}`,
  to: `a <= ${index}`,
}));

it("draws the same mutants wherever they stand, and among them those of a smaller sample", () => {
  const moved = mutants.map((mutant) => ({
    ...mutant,
    id: `file.ts:${mutant.line + 5}`,
    line: mutant.line + 100,
  }));
  const texts = (sample: typeof mutants) => sample.map(({ to }) => to);
  const sample = texts(sampleOf(mutants, 10));
  expect(sample).toHaveLength(10);
  expect(texts(sampleOf(moved.reverse(), 10))).toEqual(sample);
  expect(texts(sampleOf(mutants, 4))).toEqual(sample.slice(0, 4));
});
