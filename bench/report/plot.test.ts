import { expect, it } from "@jest/globals";
import { plotSvg } from "./plot.ts";
import { linearTicks, logTicks } from "./ticks.ts";

it.each([
  [10, [0, 2, 4, 6, 8, 10]],
  [0.7, [0, 0.2, 0.4, 0.6, 0.8]],
  [130, [0, 50, 100, 150]],
  [0, [0, 1]],
])("a linear axis to %d has round ticks", (most, ticks) => {
  expect(linearTicks(most)).toEqual(ticks);
});

it.each([
  [10, 1000, [10, 20, 50, 100, 200, 500, 1000]],
  [7, 30, [5, 10, 20, 50]],
  [0.3, 0.3, [0.2, 0.5]],
])("a logarithmic axis from %d to %d encloses both", (least, most, ticks) => {
  expect(logTicks(least, most)).toEqual(ticks);
});

const plot = {
  title: "cost < rate",
  x: { label: "messages per second", log: true },
  y: { label: "CPU s" },
  series: [
    {
      name: "now",
      points: [
        [100, 5],
        [10, 20],
      ],
    },
    { name: "before", points: [[10, 10]] },
  ],
} as const;

it("a plot has a circle for each point, and lines from left to right", () => {
  const svg = plotSvg(plot);
  expect(svg.match(/<circle/g)).toHaveLength(3);
  // 10 to 100 across from 72 to 684, 0 to 20 up from 340 to 84.
  expect(svg).toContain('points="72,84 684,276"');
  expect(svg).toContain("now: 5.00 at 100");
});

it("a plot is XML whatever its texts are", () => {
  expect(plotSvg(plot)).toContain('aria-label="cost &lt; rate"');
});
