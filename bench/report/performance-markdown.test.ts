import { expect, it } from "@jest/globals";
import type { Measure } from "../runner/measure.ts";
import { performanceMarkdown } from "./performance-markdown.ts";
import { plotsOf } from "./plots.ts";
import type { Recorded } from "./record.ts";

const recorded = (name: string, value: number, against: number): Recorded => ({
  ...{ name, value, unit: "CPU s", floor: null, ratio: null, against, ratioToAgainst: value / against },
  ...{ rounds: [{ value, against }], machine: "a machine", commit: "aaaaaaa", againstCommit: "d6e8533" },
});
const measure = (name: string): Measure => ({
  ...{ name, title: `the title of ${name}`, figures: [{ name, unit: "CPU s" }] },
  open: () => Promise.reject(new Error("never")),
});
const write = (...record: Recorded[]) =>
  performanceMarkdown(
    record,
    record.map(({ name }) => measure(name)),
    [],
  );

it("says of each bar whether it is met", () => {
  const text = write(
    recorded("in-flight-256", 0.5, 1),
    recorded("rate-200", 0.6, 1),
    recorded("rate-10", 0.8, 1),
  );
  expect(text).toContain("| `in-flight-256` | ratio to d6e8533 | 0.50 | ≤ 0.65 | ≤ 0.55 | aim |");
  expect(text).toContain("| `rate-200` | ratio to d6e8533 | 0.60 | ≤ 0.65 | ≤ 0.50 | bar |");
  expect(text).toContain("| `rate-10` | ratio to d6e8533 | 0.80 | ≤ 0.70 | ≤ 0.50 | **missed** |");
  expect(text).toContain("- `rate-10`: 0.80 in place of 0.70.");
});

it("holds ratios to another commit to no bar", () => {
  const elsewhere = { ...recorded("rate-200", 0.9, 1), againstCommit: "bbbbbbb" };
  expect(write(elsewhere)).not.toContain("## Bars");
  expect(write(elsewhere)).toContain("| a machine | aaaaaaa against bbbbbbb | rate-200 |");
  const text = write(elsewhere, { ...recorded("backlog", 2, 1), ratio: 1.2 });
  expect(text).toContain("| `backlog` | ratio to the floor |");
  expect(text).not.toContain("ratio to bbbbbbb");
});

it("says that there are no figures, until there are", () => {
  expect(write()).toContain("no figures yet");
  expect(write(recorded("drain", 1, 2))).not.toContain("no figures yet");
});

it("has no list of what was missed if nothing was", () => {
  expect(write(recorded("rate-200", 0.6, 1))).not.toContain("## Missed");
});

it("has all figures, and where they come from", () => {
  const text = write(recorded("drain", 0.5, 2));
  expect(text).toContain("**The title of drain**");
  expect(text).toContain("| `drain` | 0.50 | CPU s |  |  | 2.00 | 0.25 |");
  expect(text).toContain("| a machine | aaaaaaa against d6e8533 | drain |");
});

it("says that a run was smaller", () => {
  expect(write({ ...recorded("storm", 1, 2), scale: 0.1 })).toContain(
    "**The title of storm, at 0.1 of this size**",
  );
});

it("draws lines of one other commit", () => {
  const record = [
    ...[recorded("rate-10", 60, 90), recorded("rate-50", 30, 40)],
    { ...recorded("rate-200", 20, 30), againstCommit: "bbbbbbb" },
  ];
  expect(plotsOf(record).get("cost-by-rate.svg")?.series[1]).toEqual({
    name: "d6e8533",
    points: [
      [10, 90],
      [50, 40],
    ],
  });
});

it("draws only plots that have lines", () => {
  const record = [recorded("rate-10", 60, 90), recorded("rate-200", 20, 30), recorded("nodes-8", 9, 9)];
  const plots = plotsOf(record);
  expect([...plots.keys()]).toEqual(["cost-by-rate.svg"]);
  expect(plots.get("cost-by-rate.svg")?.series).toEqual([
    {
      name: "this commit",
      points: [
        [10, 60],
        [200, 20],
      ],
    },
    {
      name: "d6e8533",
      points: [
        [10, 90],
        [200, 30],
      ],
    },
  ]);
});
