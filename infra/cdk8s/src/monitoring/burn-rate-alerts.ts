import type { Alert, Severity } from "./alert.ts";

/** A promise to users, as the part of events that may go wrong within 30 days. */
export interface Objective {
  /** Alerts are named after it. */
  readonly name: string;
  /** 0.999 lets one event in a thousand go wrong. */
  readonly target: number;
  /** What goes wrong, for people. */
  readonly summary: string;
  /** PromQL of the part that went wrong, over a time such as `5m`. */
  readonly badRatio: (window: string) => string;
}

interface Burn {
  readonly suffix: string;
  readonly severity: Severity;
  /** How many times as fast as the budget allows. */
  readonly factor: number;
  readonly long: string;
  readonly short: string;
}

/** 2 % of the month's budget within an hour, 5 % within six; the short windows let an alert end soon. */
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
      summary: `${summary}: ${factor} times as fast as the month's error budget allows, over ${long}`,
    };
  });
}
