import { type AlertDefinition, percent } from "./alert.ts";

/** Below this many refusals in ten minutes, their share says nothing. */
const LEAST_REFUSALS = 10;

/** @param here selects the series of a routing service, in PromQL */
export function handshakeAlerts(here: string): AlertDefinition[] {
  // Nothing if pods of an older version do not count what they admit.
  const admitted = `scalar(sum(increase(dumbwaiter_realtime_sockets_opened_total{${here}}[10m])))`;
  const tooMany = (share: number, codes: string) => {
    const refused = `sum by (code) (increase(dumbwaiter_realtime_refusals_total{at="handshake",code=~"${codes}",${here}}[10m]))`;
    return `${refused} > ${share} * (${refused} + ${admitted}) and ${refused} > ${LEAST_REFUSALS}`;
  };
  return [
    {
      name: "DumbwaiterHandshakesFail",
      service: "realtime",
      expr: (share) => tooMany(share, "internal|unavailable"),
      summary: (share) => `More than ${percent(share)} of sockets are refused: {{ $labels.code }}`,
    },
    {
      name: "DumbwaiterHandshakesUnauthenticated",
      service: "realtime",
      expr: (share) => tooMany(share, "unauthenticated"),
      summary: (share) =>
        `More than ${percent(share)} of sockets are refused, because their tokens are invalid`,
    },
  ];
}
