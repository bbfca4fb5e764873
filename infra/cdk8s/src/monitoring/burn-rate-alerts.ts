import type { Alert, Severity } from "./alert.ts";

/** A service level objective: the share of events that must go well over 30 days. */
export interface Objective {
  /** Alerts are named after it. */
  readonly name: string;
  /** With 0.999, one event in a thousand may go wrong. */
  readonly target: number;
  /** What goes wrong, for people. */
  readonly summary: string;
  /** PromQL for the share of events that went wrong, over a window such as `5m`. */
  readonly badRatio: (window: string) => string;
}

interface Burn {
  readonly suffix: string;
  readonly severity: Severity;
  /** How many times faster than the budget allows. */
  readonly factor: number;
  readonly long: string;
  readonly short: string;
}

/** 2 % of the month's budget in one hour, 5 % in six. The short windows make an alert resolve soon. */
const BURNS: readonly Burn[] = [
  { suffix: "FastBurn", severity: "critical", factor: 14.4, long: "1h", short: "5m" },
  { suffix: "SlowBurn", severity: "warning", factor: 6, long: "6h", short: "30m" },
];

export function burnRateAlerts({ name, target, summary, badRatio }: Objective): Alert[] {
  return BURNS.map(({ suffix, severity, factor, long, short }) => {
    const limit = Number((factor * (1 - target)).toPrecision(6));
    return {
      name: `${name}${suffix}`,
      severity,
      expr: `(${badRatio(long)}) > ${limit} and (${badRatio(short)}) > ${limit}`,
      forTime: "2m",
      summary: `${summary}: burning the 30-day error budget at ${factor} times the sustainable rate over the last ${long}`,
    };
  });
}
