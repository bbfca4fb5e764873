import type { AlertName } from "../spec/alert-rules-spec.ts";
import type { Component } from "../spec/components.ts";
import type { AlertDefinition } from "./alert.ts";

/** A service level objective: the share of events that must go well over 30 days. */
export interface Objective {
  /** Alerts are named after it. */
  readonly name: "DumbwaiterSendErrors" | "DumbwaiterDeliverySlow";
  readonly service: Component;
  /** With 0.999, one event in a thousand may go wrong. */
  readonly target: number;
  /** What goes wrong, for people. */
  readonly summary: string;
  /** PromQL for the share of events that went wrong, over a window such as `5m`. */
  readonly badRatio: (window: string) => string;
}

interface Burn {
  readonly suffix: "FastBurn" | "SlowBurn";
  readonly long: string;
  readonly short: string;
}

/**
 * By default, 2 % of the month's budget in one hour, and 5 % in six: thresholds are multiples of the sustainable rate.
 * The short windows make an alert resolve soon.
 */
const BURNS: readonly Burn[] = [
  { suffix: "FastBurn", long: "1h", short: "5m" },
  { suffix: "SlowBurn", long: "6h", short: "30m" },
];

export function burnRateAlerts({ name, service, target, summary, badRatio }: Objective): AlertDefinition[] {
  return BURNS.map(({ suffix, long, short }) => ({
    name: `${name}${suffix}` satisfies AlertName,
    service,
    expr: (factor) => {
      const limit = Number((factor * (1 - target)).toPrecision(6));
      return `(${badRatio(long)}) > ${limit} and (${badRatio(short)}) > ${limit}`;
    },
    summary: (factor) =>
      `${summary}: burning the 30-day error budget at ${factor} times the sustainable rate over the last ${long}`,
  }));
}
