import type { Plot, Series } from "./plot.ts";
import type { Recorded } from "./record.ts";

/** What a plot reads of a figure. */
type Part = "value" | "floor" | "against";
type Point = readonly [x: number, y: number];

const CPU = "CPU s per 10,000 messages";
const RATE: Plot["x"] = { label: "messages per second (logarithmic)", log: true };

/** The plots of `docs/performance.md` by file name: those whose figures are there. */
export function plotsOf(record: readonly Recorded[]): Map<string, Plot> {
  const figures = new Map(record.map((result) => [result.name, result]));
  const of = (name: string, part: Part = "value") => {
    const figure = figures.get(name);
    if (part === "against" && figure?.againstCommit !== other) return undefined;
    return figure?.[part] ?? undefined;
  };
  const other = record.find(({ againstCommit }) => againstCommit)?.againstCommit ?? "before";
  const rates = record.flatMap(({ name }) => /^rate-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  const busy = record.flatMap(({ name }) => /^in-flight-\d+$/.exec(name)?.[0] ?? []);

  const cost = (part: "value" | "against"): Point[] => [
    ...rates.flatMap((rate) => point(rate, of(`rate-${rate}`, part))),
    ...busy.flatMap((name) => point(of(`${name}/rate`, part), of(name, part))),
  ];
  const latency = (name: string, part: "value" | "against" = "value"): Point[] =>
    rates.flatMap((rate) => point(rate, of(`rate-${rate}/${name}`, part)));
  const nodes = (part: "value" | "against"): Point[] =>
    [2, 4, 8].flatMap((count) => point(count, of(`nodes-${count}`, part)));
  const memory = (part: Part): Point[] =>
    [["none", 0] as const, ["half", 5_000] as const, ["all", 10_000] as const].flatMap(([name, count]) =>
      point(count, of(`idle-sockets/${name}`, part)),
    );

  const plots: readonly (readonly [file: string, plot: Plot])[] = [
    [
      "cost-by-rate.svg",
      {
        ...{ title: "Cost of a message by rate", x: RATE, y: { label: CPU } },
        series: [line("this commit", cost("value")), line(other, cost("against"))],
      },
    ],
    [
      "latency-by-rate.svg",
      {
        ...{ title: "From send to the recipient's socket", x: RATE, y: { label: "ms" } },
        series: [
          line("p50", latency("p50")),
          line("p99", latency("p99")),
          line("p99 of the Pub/Sub emulator alone", latency("emulator-p99")),
          line(`p99 of ${other}`, latency("p99", "against")),
        ],
      },
    ],
    [
      "cost-by-nodes.svg",
      {
        ...{ title: "Cost of a message by realtime nodes", x: { label: "nodes" }, y: { label: CPU } },
        series: [
          line("this commit", [...point(1, of("nodes-8", "floor")), ...nodes("value")]),
          line(other, nodes("against")),
        ],
      },
    ],
    [
      "memory-by-sockets.svg",
      {
        ...{
          title: "Memory of one realtime node",
          x: { label: "idle sockets" },
          y: { label: "MB resident" },
        },
        series: [
          line("this commit", memory("value")),
          line(other, memory("against")),
          line("bare Socket.IO", memory("floor")),
        ],
      },
    ],
  ];
  const drawn = plots.map(
    ([file, plot]) => [file, { ...plot, series: plot.series.filter(hasLine) }] as const,
  );
  return new Map(drawn.filter(([, { series }]) => series.length > 0));
}

const line = (name: string, points: readonly Point[]): Series => ({ name, points });
const hasLine = ({ points }: Series) => points.length > 1;

function point(x: number | undefined, y: number | undefined): Point[] {
  return x === undefined || y === undefined ? [] : [[x, y]];
}
