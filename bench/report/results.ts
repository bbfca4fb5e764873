import { cpus } from "node:os";
import type { Measure } from "../runner/measure.ts";
import type { Round } from "../runner/run-measure.ts";
import { median } from "../runner/statistics.ts";

/** What `--json` prints. */
export interface Results {
  readonly machine: string;
  readonly commit: string;
  /** The other commit, if there is one. */
  readonly against?: string;
  /** Of counts and times, unless it is 1. */
  readonly scale?: number;
  readonly measures: readonly Result[];
}

/** Of one figure. Medians of the rounds; a ratio is the median of the rounds' own ratios. */
export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the same work costs at least, in the same rounds. */
  readonly floor: number | null;
  /** Of the value to the floor. */
  readonly ratio: number | null;
  /** What the other commit needs, in the same rounds. */
  readonly against?: number;
  /** Of the value to the other commit's; null if both are 0. */
  readonly ratioToAgainst?: number | null;
  readonly rounds: readonly ResultRound[];
}

export interface ResultRound {
  readonly value: number;
  readonly floor?: number;
  readonly against?: number;
}

/** Such as `linux x64, 2 × AMD EPYC, Node v24.21.0`. */
export function machine(): string {
  const [processor] = cpus();
  return `${process.platform} ${process.arch}, ${cpus().length} × ${processor?.model.trim()}, Node ${process.version}`;
}

/** One result for each figure of the measure that was found. */
export function resultsOf({ figures }: Measure, rounds: readonly Round[]): Result[] {
  return figures.map(({ name, unit }) => {
    const own = rounds.map(
      ({ own, floor, against }): ResultRound => ({
        value: own[name] as number,
        ...(floor?.[name] === undefined ? {} : { floor: floor[name] }),
        ...(against?.[name] === undefined ? {} : { against: against[name] }),
      }),
    );
    const floor = partOf(own, "floor");
    const against = partOf(own, "against");
    return {
      ...{ name, unit, value: median(own.map(({ value }) => value)) },
      ...{ floor: floor?.median ?? null, ratio: floor?.ratio ?? null },
      ...(against && { against: against.median, ratioToAgainst: against.ratio }),
      rounds: own,
    };
  });
}

function partOf(rounds: readonly ResultRound[], part: "floor" | "against") {
  /** JSON has no NaN. */
  const ratio = (values: readonly number[]) => (values.some(Number.isNaN) ? null : median(values));
  const pairs = rounds.flatMap(({ value, [part]: other }) => (other === undefined ? [] : [{ value, other }]));
  if (pairs.length === 0) return undefined;
  return {
    median: median(pairs.map(({ other }) => other)),
    ratio: ratio(pairs.map(({ value, other }) => value / other)),
  };
}
