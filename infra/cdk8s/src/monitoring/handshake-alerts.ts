import { type AlertDefinition, percent } from "./alert.ts";

/** Below this many refusals in ten minutes, their share says nothing. */
const LEAST_REFUSALS = 10;

/** @param here selects the series of a routing service, in PromQL */
export function handshakeAlerts(here: string): AlertDefinition[] {
  // Where nobody else comes, one client that retries raises it: counts cannot tell it from an issuer that has changed.
  // Nothing if pods of an older version do not count what they admit.
  const admitted = `scalar(sum(increase(dumbwaiter_realtime_sockets_opened_total{${here}}[10m])))`;
  const refused = `sum(increase(dumbwaiter_realtime_refusals_total{at="handshake",code="unauthenticated",${here}}[10m]))`;
  return [
    {
      name: "DumbwaiterHandshakesUnauthenticated",
      service: "realtime",
      expr: (share) =>
        `${refused} > ${share} * (${refused} + ${admitted}) and ${refused} > ${LEAST_REFUSALS}`,
      summary: (share) =>
        `More than ${percent(share)} of sockets are refused, because their tokens are invalid`,
    },
  ];
}
