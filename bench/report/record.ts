import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Result, Results } from "./results.ts";

/** A result with where it comes from, because runs may measure a part. */
export interface Recorded extends Result {
  readonly machine: string;
  readonly commit: string;
  /** The other commit. */
  readonly againstCommit?: string;
  /** Of counts and times, unless it is 1. */
  readonly scale?: number;
}

/** The newest of each figure, in the order of `names`; figures that are not in it are gone. */
export function merged(
  before: readonly Recorded[],
  { measures, machine, commit, against, scale }: Results,
  names: readonly string[],
): Recorded[] {
  const all = new Map(before.map((result) => [result.name, result]));
  for (const result of measures) {
    all.set(result.name, {
      ...{ ...result, machine, commit },
      ...(against !== undefined && { againstCommit: against }),
      ...(scale !== undefined && { scale }),
    });
  }
  return names.flatMap((name) => all.get(name) ?? []);
}

export async function readRecord(file: string): Promise<Recorded[]> {
  return existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : [];
}

/** One figure a line, so that a new run changes few lines. */
export function recordText(record: readonly Recorded[]): string {
  return `[\n${record.map((result) => JSON.stringify(result)).join(",\n")}\n]\n`;
}
