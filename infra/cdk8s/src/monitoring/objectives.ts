import type { Objective } from "./burn-rate-alerts.ts";

const FAULTS = 'code=~"internal|unavailable"';

/** @param here the labels that select the series of this routing service, such as `namespace="x"` */
export function objectivesOf(here: string): Objective[] {
  const sum = (metric: string, window: string, labels = "") =>
    `sum(rate(${metric}{${[here, labels].filter(Boolean).join(",")}}[${window}]))`;
  const faults = (window: string) => `(${sum("dumbwaiter_api_refusals_total", window, FAULTS)} or vector(0))`;
  // Prometheus 3 writes integer bounds of histogram buckets as 1.0, older versions as 1.
  const underASecond = 'le=~"1|1[.]0"';
  return [
    {
      name: "DumbwaiterSendErrors",
      service: "api",
      target: 0.999,
      summary: "HTTP API requests fail with server errors (SLO 99.9%)",
      badRatio: (window) =>
        `${faults(window)} / (${faults(window)} + ${sum("dumbwaiter_api_messages_accepted_total", window)} > 0)`,
    },
    {
      name: "DumbwaiterDeliverySlow",
      service: "realtime",
      target: 0.99,
      summary: "Messages take more than 1 s to reach connected devices (SLO 99%)",
      badRatio: (window) =>
        `1 - ${sum("dumbwaiter_realtime_delivery_latency_seconds_bucket", window, underASecond)} / (${sum("dumbwaiter_realtime_delivery_latency_seconds_count", window)} > 0)`,
    },
  ];
}
