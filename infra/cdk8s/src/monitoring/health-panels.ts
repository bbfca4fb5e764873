import type { AlertName } from "../spec/alert-rules-spec.ts";
import { MAX_PODS, MEMORY_LIMIT } from "./limit-records.ts";
import type { Panel } from "./panel.ts";

/**
 * @param here selects the series of a routing service, in PromQL
 * @param limitOf the threshold of an alert
 */
export function healthPanels(here: string, limitOf: (alert: AlertName) => number): Panel[] {
  const each = (metric: string) => `${metric}{${here}}`;
  const rate = (metric: string) => `rate(${each(metric)}[$__rate_interval])`;
  return [
    {
      title: "Outages of processing",
      unit: "short",
      lines: [["{{stage}}", `max by (stage) (${each("dumbwaiter_processor_outage")})`]],
      threshold: 1,
      alerts: ["DumbwaiterProcessingHeldUp"],
    },
    {
      title: "Oldest record that a processor holds",
      unit: "s",
      lines: [
        ["{{pod}}", each("dumbwaiter_processor_oldest_held_seconds")],
        ["{{pod}}, since publishing", each("dumbwaiter_processor_oldest_age_seconds")],
      ],
      threshold: limitOf("DumbwaiterProcessorStuck"),
      alerts: ["DumbwaiterProcessorStuck"],
    },
    {
      title: "Sent to sockets and not acknowledged",
      unit: "short",
      lines: [["{{pod}}", each("dumbwaiter_realtime_unacked_messages")]],
    },
    {
      title: "Oldest that is not acknowledged",
      unit: "s",
      lines: [["{{pod}}", each("dumbwaiter_realtime_oldest_unacked_seconds")]],
    },
    {
      title: "Calls that no limit could be read for",
      unit: "ops",
      lines: [["{{service}}", `sum by (service) (${rate("dumbwaiter_limits_unavailable_total")})`]],
      alerts: ["DumbwaiterLimitsUnavailable", "DumbwaiterLimitsNotShared"],
    },
    {
      title: "Open sockets",
      unit: "short",
      lines: [
        ["{{pod}}", each("dumbwaiter_realtime_sockets")],
        ["devices", `sum(${each("dumbwaiter_realtime_devices")})`],
      ],
    },
    {
      title: "Sockets closed",
      unit: "ops",
      lines: [["{{code}}", `sum by (code) (${rate("dumbwaiter_realtime_closes_total")}) > 0`]],
    },
    {
      title: "Dependencies",
      unit: "short",
      lines: [
        ["{{service}} {{dependency}}", `min by (service, dependency) (${each("dumbwaiter_dependency_up")})`],
      ],
      threshold: 1,
      isBadBelow: true,
      alerts: ["DumbwaiterDependencyDown", "DumbwaiterDependencyFlaky", "DumbwaiterGoogleSetupFault"],
    },
    {
      title: "Pods, and the most there may be",
      unit: "short",
      lines: [
        ["{{service}}", `count by (service) (${each("dumbwaiter_process_start_time_seconds")})`],
        ["{{service}}, at most", `max by (service) (${each(MAX_PODS)})`],
      ],
      alerts: ["DumbwaiterAtMaxReplicas", "DumbwaiterPodDown", "DumbwaiterPodsMissing", "DumbwaiterRestarts"],
    },
    {
      title: "Memory",
      unit: "bytes",
      lines: [
        ["{{pod}}", each("dumbwaiter_process_resident_memory_bytes")],
        ["{{service}}, at most", `max by (service) (${each(MEMORY_LIMIT)})`],
      ],
      alerts: ["DumbwaiterMemoryNearLimit"],
    },
    { title: "CPU", unit: "short", lines: [["{{pod}}", rate("dumbwaiter_process_cpu_seconds_total")]] },
    {
      title: "Event loop lag, p99",
      unit: "s",
      lines: [["{{pod}}", each("dumbwaiter_nodejs_eventloop_lag_p99_seconds")]],
      threshold: limitOf("DumbwaiterEventLoopLag"),
      alerts: ["DumbwaiterEventLoopLag"],
    },
  ];
}
