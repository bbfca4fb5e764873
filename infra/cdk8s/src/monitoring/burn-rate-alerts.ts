import type { AlertName } from "../spec/alert-rules-spec.ts";
import type { AlertDefinition } from "./alert.ts";
import { type Objective, recorded } from "./objectives.ts";
import { INTERVAL_SECONDS } from "./recording-rule.ts";

interface Burn {
  readonly suffix: "FastBurn" | "SlowBurn";
  readonly long: string;
  /** Five minutes when not given. */
  readonly short?: string;
}

/**
 * By default, 2 % of the month's budget in one hour, and 5 % in six: thresholds are multiples of the sustainable rate.
 * The short windows make an alert resolve soon.
 */
const BURNS: readonly Burn[] = [
  { suffix: "FastBurn", long: "1h" },
  { suffix: "SlowBurn", long: "6h", short: "30m" },
];

/** Up to so many events that go wrong within the long window wake nobody, be there ever so little traffic. */
const LEAST_EVENTS = 10;

/** @param here selects the series of a routing service, in PromQL */
export function burnRateAlerts(here: string, { id, name, target, summary }: Objective): AlertDefinition[] {
  const share = (window: string | undefined) =>
    `${recorded(here, "bad", id, window)} / ${recorded(here, "all", id, window)}`;
  return BURNS.map(({ suffix, long, short }) => ({
    name: `${name}${suffix}` satisfies AlertName,
    expr: (factor) => {
      const limit = Number((factor * (1 - target)).toPrecision(6));
      const events = `${recorded(here, "bad", id, long)} * ${INTERVAL_SECONDS}`;
      return `${share(long)} > ${limit} and ${share(short)} > ${limit} and ${events} > ${LEAST_EVENTS}`;
    },
    summary: (factor) =>
      `${summary} at {{ $labels.service }}: burning the 30-day error budget at ${factor} times the sustainable rate over the last ${long}`,
  }));
}
