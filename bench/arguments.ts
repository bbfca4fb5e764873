import { parseArgs } from "node:util";

export interface Arguments {
  readonly help: boolean;
  readonly json: boolean;
  /** Names of measures; all if there are none. */
  readonly only: readonly string[];
  /** Of each measure, which has a default of its own; 0 only with `write`. */
  readonly rounds?: number | undefined;
  readonly against?: string | undefined;
  readonly scale: number;
  /** Writes `docs/performance.md`. */
  readonly write: boolean;
  readonly profile?: string | undefined;
}

/** @throws with what is wrong, for the user */
export function parseArguments(args: readonly string[], names: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", multiple: true, default: [] },
      rounds: { type: "string" },
      against: { type: "string" },
      scale: { type: "string", default: "1" },
      write: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const only = values.only.flatMap((each) => each.split(",")).filter((name) => name !== "");
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`there is no measure ${unknown.join(", ")}; there are ${names.join(", ")}`);
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= (values.write ? 0 : 1))) {
    throw new Error("--rounds must be a whole number of at least 1, or 0 with --write");
  }
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 10)) throw new Error("--scale must be a number over 0, up to 10");
  if (values.profile !== undefined && values.against !== undefined) {
    throw new Error("--profile is of one commit: leave --against out");
  }
  return { ...values, only, rounds, scale };
}
