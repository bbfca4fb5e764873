import { digits } from "./text.ts";
import { linearTicks, logTicks } from "./ticks.ts";

export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

export interface Axis {
  readonly label: string;
  /** Logarithmic; values must be over 0. Otherwise the axis begins at 0. */
  readonly log?: boolean;
}

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 720;
const HEIGHT = 400;
const AREA = { left: 72, right: 684, top: 84, bottom: 340 };
const LEGEND_Y = 62;
/** Told apart by those who see no red or green, on white and on black. */
const COLOURS = 4;

/** Colours follow the reader's scheme. */
const STYLE = `
  svg { color-scheme: light dark; font: 13px system-ui, sans-serif; }
  .back { fill: #ffffff } text { fill: #1f2328 } .title { font-size: 16px; font-weight: 600 } .tick { fill: #59636e }
  .grid { stroke: #d1d9e0 } .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  .s0 { stroke: #0969da; fill: #0969da } .s1 { stroke: #bc4c00; fill: #bc4c00 }
  .s2 { stroke: #59636e; fill: #59636e } .s3 { stroke: #8250df; fill: #8250df }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } text { fill: #f0f6fc } .tick { fill: #9198a1 } .grid { stroke: #3d444d }
    .s0 { stroke: #4493f8; fill: #4493f8 } .s1 { stroke: #f0883e; fill: #f0883e }
    .s2 { stroke: #9198a1; fill: #9198a1 } .s3 { stroke: #ab7df8; fill: #ab7df8 }
  }
  .line { fill: none }`;

/** A picture in SVG, which needs nothing else. */
export function plotSvg({ title, x, y, series }: Plot): string {
  const points = series.flatMap((each) => each.points);
  const across = scale(
    x,
    points.map(([value]) => value),
    AREA.left,
    AREA.right,
  );
  const up = scale(
    y,
    points.map(([, value]) => value),
    AREA.bottom,
    AREA.top,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    text(24, 32, title, "title"),
    ...up.ticks.flatMap((tick) => [
      line(AREA.left, up.at(tick), AREA.right, up.at(tick)),
      text(AREA.left - 10, up.at(tick) + 4, label(tick), "tick", "end"),
    ]),
    ...across.ticks.flatMap((tick) => [
      line(across.at(tick), AREA.bottom, across.at(tick), AREA.bottom + 5),
      text(across.at(tick), AREA.bottom + 22, label(tick), "tick", "middle"),
    ]),
    text((AREA.left + AREA.right) / 2, HEIGHT - 14, x.label, "", "middle"),
    `<text transform="translate(20 ${(AREA.top + AREA.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
    ...legend(series),
    ...series.flatMap((each, index) => drawn(each, index, across.at, up.at)),
    "</svg>",
    "",
  ].join("\n");
}

function scale({ log = false }: Axis, values: readonly number[], from: number, to: number) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const ticks = log ? logTicks(least, most) : linearTicks(most);
  const place = (value: number) => (log ? Math.log10(value) : value);
  const [first, last] = [place(ticks[0] as number), place(ticks.at(-1) as number)];
  const at = (value: number) => round(from + ((to - from) * (place(value) - first)) / (last - first || 1));
  return { ticks, at };
}

function drawn(
  { name, points }: Series,
  index: number,
  x: (value: number) => number,
  y: (value: number) => number,
): string[] {
  const className = `s${index % COLOURS}`;
  const sorted = points.toSorted(([a], [b]) => a - b);
  return [
    `<polyline class="${className} line" points="${sorted.map((point) => `${x(point[0])},${y(point[1])}`).join(" ")}"/>`,
    ...sorted.map(
      ([across, up]) =>
        `<circle class="${className}" cx="${x(across)}" cy="${y(up)}" r="4"><title>${escaped(name)}: ${digits(up)} at ${label(across)}</title></circle>`,
    ),
  ];
}

function legend(series: readonly Series[]): string[] {
  let left = AREA.left;
  return series.flatMap(({ name }, index) => {
    const at = left;
    left += 40 + 7.2 * name.length;
    return [
      `<line class="s${index % COLOURS} line" x1="${at}" y1="${LEGEND_Y}" x2="${at + 18}" y2="${LEGEND_Y}"/>`,
      text(at + 24, LEGEND_Y + 4, name),
    ];
  });
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="grid" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function text(x: number, y: number, content: string, className = "", anchor = "start"): string {
  return `<text class="${className}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

const label = (value: number) => value.toLocaleString("en", { maximumFractionDigits: 3 });
const round = (value: number) => Math.round(value * 10) / 10;

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
