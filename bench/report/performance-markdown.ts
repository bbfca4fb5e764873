import type { Measure } from "../runner/measure.ts";
import { spreadOf } from "../runner/statistics.ts";
import { BARS, BARS_COMMIT, type Bar } from "./bars.ts";
import type { Recorded } from "./record.ts";
import { digits } from "./text.ts";

const PLOTS: Readonly<Record<string, string>> = {
  "cost-by-rate.svg": "CPU seconds of all services per 10,000 messages, by messages per second",
  "latency-by-rate.svg": "Latency from send to the recipient's socket, by messages per second",
  "cost-by-nodes.svg": "CPU seconds of all services per 10,000 messages, by realtime nodes",
  "memory-by-sockets.svg": "Resident memory of one realtime node, by idle sockets",
};

/**
 * `docs/performance.md`.
 *
 * @param files the plots that there are, in `docs/performance`
 */
export function performanceMarkdown(
  record: readonly Recorded[],
  measures: readonly Measure[],
  files: readonly string[],
): string {
  const figures = new Map(record.map((result) => [result.name, result]));
  const bars = BARS.flatMap((bar) => {
    const result = figures.get(bar.figure);
    const value = result && comparedBy(bar, result);
    return result && value !== undefined ? [{ bar, result, value }] : [];
  });
  const missed = bars.filter(({ bar, value }) => bar.bar !== undefined && value > bar.bar);
  return [
    INTRODUCTION,
    ...(record.length === 0 ? [NO_FIGURES] : []),
    ...section(
      "",
      table(
        ["machine", "commits", "measures"],
        sources(record).map((source) => [source.machine, source.commits, source.names.join(", ")]),
      ),
    ),
    ...files.map((file) => `![${PLOTS[file]}](performance/${file})`),
    ...section("## Bars", barsTable(bars)),
    ...section("## Missed", missed.map(({ bar, value }) => missedText(bar, value)).join("\n")),
    ...section("## All figures", measures.flatMap((measure) => figuresOf(measure, figures)).join("\n\n")),
  ]
    .join("\n\n")
    .concat("\n");
}

/** Nothing if there is no content. */
function section(heading: string, content: string): string[] {
  if (content === "") return [];
  return heading === "" ? [content] : [heading, content];
}

interface Compared {
  readonly bar: Bar;
  readonly result: Recorded;
  readonly value: number;
}

function barsTable(bars: readonly Compared[]): string {
  const rows = bars.map(({ bar, result, value }) => [
    `\`${bar.figure}\``,
    comparedText(bar, result),
    spreadText(ratiosOf(bar, result)),
    bar.bar === undefined ? "" : `≤ ${digits(bar.bar)}`,
    `≤ ${digits(bar.aim)}`,
    verdict(bar, value),
  ]);
  const head = ["figure", "compared", "median (least to most)", "bar", "aim", "met"];
  return rows.length === 0 ? "" : `${BARS_TEXT}\n\n${table(head, rows)}`;
}

function figuresOf({ title, figures: own }: Measure, figures: ReadonlyMap<string, Recorded>): string[] {
  const results = own.flatMap(({ name }) => figures.get(name) ?? []);
  if (results.length === 0) return [];
  const head = ["figure", "median (least to most)", "unit", "floor", "in floors", "other commit", "ratio"];
  const rows = results.map((result) => [
    `\`${result.name}\``,
    spreadText(result.rounds.map(({ value }) => value)),
    result.unit,
    optional(result.floor),
    optional(result.ratio),
    optional(result.against),
    optional(result.ratioToAgainst),
  ]);
  const scale = results[0]?.scale;
  const size = scale === undefined ? "" : `, at ${scale} of this size`;
  return [`**${title.charAt(0).toUpperCase()}${title.slice(1)}${size}**`, table(head, rows)];
}

const INTRODUCTION = `# Performance

What a message costs, and how long it takes. \`npm run bench -- --write\` measures this and writes this page; with
\`--only\` it replaces what it measures. \`npm run bench -- --help\` lists the measures.

All runs on one machine: the services as their pods run them, one of each where nothing else is said, Google's
emulators, Redis, and the clients that send and receive. Messages have 1.4 KB, and limits of users are lifted. CPU is
that of the services alone. Each measure is repeated in rounds. Between them come the rounds of the floor, which is the
least that the same work could cost, and those of the other commit, with the same clients and emulators. A ratio is
taken within each round, so that it holds on a machine that is busy with something else; wall times do not.

The services of each commit have the heap that its own manifests give their pods. Where they leave the young generation
to V8, it is what V8 takes in a container of that memory: see [ADR 57](adr/0057-compare-commits-as-their-pods-run.md).

The floor of messages is a bare Express server that parses the same requests and answers 202. Parts named \`/bench\` are
what the clients use, which no other figure includes. \`own-p99\` is the p99 from the send to the recipient's socket, less
the p99 of the Pub/Sub emulator from publish to pull in the same seconds: it hands out messages every 50 ms.

\`tracing\` is the share of the time in JavaScript's functions, by CPU profiles, of those that make, encode and export spans,
and what these call. Garbage collection and what Node does for the connection to the collector are in neither.

In \`storm\` 25 messages wait for each client, a quarter of 100: the Pub/Sub emulator stops after some 400,000 messages,
and both commits send theirs through one.`;

const NO_FIGURES = "This page has no figures yet. They are added by a run on a quiet machine.";

const BARS_TEXT = `A bar is what has to hold, an aim what is worth more work. Less is better in each. Ratios to another commit have bars
only where that is ${BARS_COMMIT}.`;

function comparedBy(
  { of }: Bar,
  { value, ratio, ratioToAgainst, againstCommit }: Recorded,
): number | undefined {
  if (of === "value") return value;
  if (of === "floor") return ratio ?? undefined;
  return againstCommit === BARS_COMMIT ? (ratioToAgainst ?? undefined) : undefined;
}

function ratiosOf({ of }: Bar, { rounds }: Recorded): number[] {
  if (of === "value") return rounds.map(({ value }) => value);
  return rounds.flatMap(({ value, [of]: other }) => (other === undefined ? [] : [value / other]));
}

function comparedText({ of }: Bar, { unit, againstCommit }: Recorded): string {
  return of === "value" ? unit : `ratio to ${of === "floor" ? "the floor" : againstCommit}`;
}

function verdict({ bar, aim }: Bar, value: number): string {
  if (value <= aim) return "aim";
  if (bar === undefined) return "no";
  return value <= bar ? "bar" : "**missed**";
}

function missedText({ figure, bar, why }: Bar, value: number): string {
  return `- \`${figure}\`: ${digits(value)} in place of ${digits(bar as number)}. ${why ?? "The reason is not known."}`;
}

function sources(record: readonly Recorded[]) {
  const all = new Map<string, { machine: string; commits: string; names: string[] }>();
  for (const { name, machine, commit, againstCommit } of record) {
    const commits = againstCommit === undefined ? commit : `${commit} against ${againstCommit}`;
    const source = all.get(machine + commits) ?? { machine, commits, names: [] };
    all.set(machine + commits, source);
    const [measure = name] = name.split("/");
    if (!source.names.includes(measure)) source.names.push(measure);
  }
  return [...all.values()];
}

/** Nothing if it has no rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function spreadText(values: readonly number[]): string {
  const { median, least, most } = spreadOf(values);
  return values.length === 1 ? digits(median) : `${digits(median)} (${digits(least)} to ${digits(most)})`;
}

const optional = (value: number | null | undefined) =>
  value === null || value === undefined ? "" : digits(value);
