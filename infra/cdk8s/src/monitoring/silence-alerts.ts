import { type AlertDefinition, percent } from "./alert.ts";

/** Below this many messages in ten minutes, a share of them says nothing. */
const LEAST_TRAFFIC = 20;

/**
 * What objectives cannot see: where nothing is processed or delivered, there is no delay to measure.
 *
 * @param here selects the series of a routing service, in PromQL
 */
export function silenceAlerts(here: string): AlertDefinition[] {
  const count = (metric: string, labels = "") =>
    `(sum(increase(${metric}{${[here, labels].filter(Boolean).join(",")}}[10m])) or vector(0))`;
  const accepted = `(${count("dumbwaiter_api_messages_accepted_total")} + ${count("dumbwaiter_realtime_messages_accepted_total")})`;
  const received = count("dumbwaiter_processor_ingress_age_seconds_count");
  const delivered = count("dumbwaiter_processor_messages_delivered_total");
  const sent = count("dumbwaiter_realtime_messages_delivered_total", 'from="live"');
  return [
    {
      name: "DumbwaiterNothingProcessed",
      service: "processor",
      // During an outage, processors take no more than they can hold: that is another alert's.
      expr: (share) =>
        `${received} < ${share} * ${accepted} and ${accepted} > ${LEAST_TRAFFIC} unless max(dumbwaiter_processor_outage{${here}}) == 1`,
      summary: (share) =>
        `Messages are accepted, but processors receive less than ${percent(share)} of them: they may be lost`,
    },
    {
      name: "DumbwaiterNothingDelivered",
      service: "realtime",
      expr: (share) => `${sent} < ${share} * ${delivered} and ${delivered} > ${LEAST_TRAFFIC}`,
      summary: (share) => `Sockets get less than ${percent(share)} of what processors deliver to their nodes`,
    },
  ];
}
