import type { Measure } from "../runner/measure.ts";
import { spreadOf } from "../runner/statistics.ts";
import type { Result, ResultRound } from "./results.ts";

/** A measure's results as a table: medians, the least and the most of the rounds in brackets. */
export function textOf({ title }: Measure, results: readonly Result[]): string {
  const width = Math.max(...results.map(({ name }) => name.length));
  const lines = results.map((result) => {
    const { rounds } = result;
    const value = spread(rounds.map(({ value }) => value));
    return `  ${result.name.padEnd(width)}  ${value} ${result.unit}${[
      comparison("floor", result, result.floor),
      comparison("against", result, result.against),
    ].join("")}`;
  });
  return [title, ...lines, ""].join("\n");
}

function comparison(
  part: "floor" | "against",
  { rounds }: Result,
  median: number | null | undefined,
): string {
  if (median === null || median === undefined) return "";
  const ratios = rounds.flatMap((round: ResultRound) => {
    const other = round[part];
    return other === undefined ? [] : [round.value / other];
  });
  return `; ${part} ${digits(median)}, ratio ${spread(ratios)}`;
}

function spread(values: readonly number[]): string {
  const { median, least, most } = spreadOf(values);
  return values.length === 1 ? digits(median) : `${digits(median)} (${digits(least)} to ${digits(most)})`;
}

/** About three digits that mean something. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en");
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
}
