import { type AlertDefinition, percent } from "./alert.ts";

/** Below this many messages in ten minutes, a share of them says nothing. */
const LEAST_TRAFFIC = 20;

/**
 * What objectives cannot see: where nothing is processed or delivered, there is no delay to measure.
 *
 * @param here selects the series of a routing service, in PromQL
 */
export function silenceAlerts(here: string): AlertDefinition[] {
  const count = (metric: string, labels = "", window = "10m") =>
    `(sum(increase(${metric}{${[here, labels].filter(Boolean).join(",")}}[${window}])) or vector(0))`;
  const accepted = (window?: string) =>
    `(${count("dumbwaiter_api_messages_accepted_total", "", window)} + ${count("dumbwaiter_realtime_messages_accepted_total", "", window)})`;
  const received = (window?: string) => count("dumbwaiter_processor_ingress_age_seconds_count", "", window);
  // During an outage, processors take no more than they can hold: that is another alert's.
  const unlessOutage = `unless max(dumbwaiter_processor_outage{${here}}) == 1`;
  const delivered = count("dumbwaiter_processor_messages_delivered_total");
  const sent = count("dumbwaiter_realtime_messages_delivered_total", 'from="live"');
  return [
    {
      name: "DumbwaiterNothingProcessed",
      service: "processor",
      expr: (share) =>
        `${received()} < ${share} * ${accepted()} and ${accepted()} > ${LEAST_TRAFFIC} ${unlessOutage}`,
      summary: (share) =>
        `Messages are accepted, but processors receive less than ${percent(share)} of them: they may be lost`,
    },
    {
      name: "DumbwaiterIngressGrowing",
      service: "processor",
      expr: (share) =>
        `${received("30m")} < ${share} * ${accepted("30m")} and ${accepted("30m")} > ${5 * LEAST_TRAFFIC} ${unlessOutage}`,
      summary: (share) =>
        `Processors receive less than ${percent(share)} of the messages that are accepted: more and more wait on the ingress`,
    },
    {
      name: "DumbwaiterNothingDelivered",
      service: "realtime",
      expr: (share) => `${sent} < ${share} * ${delivered} and ${delivered} > ${LEAST_TRAFFIC}`,
      summary: (share) => `Sockets get less than ${percent(share)} of what processors deliver to their nodes`,
    },
  ];
}
