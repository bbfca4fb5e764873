import { isAutoscaled } from "../constructs/workload/autoscaler.ts";
import { mebibytes } from "../spec/quantities.ts";
import { COMPONENTS, type Component, type RoutingServiceProps } from "../spec/routing-service-props.ts";
import type { Alert } from "./alert.ts";
import { burnRateAlerts } from "./burn-rate-alerts.ts";
import { objectivesOf } from "./objectives.ts";
import { seriesOf } from "./series.ts";

const MIB = 1024 * 1024;

/** The alerts of one routing service. docs/operations.md has a runbook named after each. */
export function alertsOf(props: RoutingServiceProps): Alert[] {
  const here = seriesOf(props);
  return [
    ...objectivesOf(here).flatMap(burnRateAlerts),
    ...componentAlerts(props, here),
    {
      name: "DumbwaiterDependencyDown",
      severity: "critical",
      expr: `max by (service, dependency) (dumbwaiter_dependency_up{${here}}) == 0`,
      forTime: "2m",
      summary: "No pod of {{ $labels.service }} can reach {{ $labels.dependency }}",
    },
    {
      name: "DumbwaiterDependencyFlaky",
      severity: "warning",
      expr: `min by (service, dependency) (avg_over_time(dumbwaiter_dependency_up{${here}}[15m])) < 0.9`,
      forTime: "15m",
      summary: "Some pods of {{ $labels.service }} cannot reach {{ $labels.dependency }}",
    },
    {
      name: "DumbwaiterGoogleSetupFault",
      severity: "critical",
      expr: `sum by (service, dependency, code) (increase(dumbwaiter_google_setup_faults_total{${here}}[5m])) > 0`,
      forTime: "2m",
      summary:
        "Google refuses calls of {{ $labels.service }} to {{ $labels.dependency }}: {{ $labels.code }}",
    },
    {
      name: "DumbwaiterProcessingHeldUp",
      severity: "critical",
      expr: `max by (stage) (dumbwaiter_processor_outage{${here}}) == 1`,
      forTime: "2m",
      summary:
        "Processors are held up in stage {{ $labels.stage }}; messages stay on the ingress or in the queues",
    },
    {
      name: "DumbwaiterProcessorStuck",
      severity: "critical",
      // What waits for a dependency is another alert's.
      expr: `max by (pod) (dumbwaiter_processor_oldest_held_seconds{${here}}) > 120 unless on (pod) max by (pod) (dumbwaiter_processor_outage{${here}}) == 1`,
      forTime: "5m",
      summary: "{{ $labels.pod }} has held a message for more than 2 minutes, and waits for no dependency",
    },
    {
      name: "DumbwaiterIngressBacklog",
      severity: "warning",
      expr: `histogram_quantile(0.9, sum by (le) (rate(dumbwaiter_processor_ingress_age_seconds_bucket{${here}}[5m]))) > 30`,
      forTime: "10m",
      summary: "Messages wait more than 30 s on the ingress",
    },
    {
      name: "DumbwaiterDeadLetters",
      severity: "warning",
      expr: `sum by (code) (increase(dumbwaiter_processor_messages_dead_lettered_total{${here}}[15m])) > 0`,
      forTime: "0m",
      summary: "Messages were moved to the dead-letter topic: {{ $labels.code }}",
    },
    {
      name: "DumbwaiterBatchRefused",
      severity: "critical",
      expr: `sum(increase(dumbwaiter_processor_records_given_back_total{reason="batch_refused",${here}}[15m])) > 0`,
      forTime: "0m",
      summary: "Firestore refused every message of a batch; they become dead letters after 100 attempts",
    },
    {
      name: "DumbwaiterLimitsUnavailable",
      severity: "warning",
      expr: `sum by (service) (rate(dumbwaiter_limits_unavailable_total{${here}}[5m])) > 0`,
      forTime: "10m",
      summary: "{{ $labels.service }} does not enforce rate limits, because it cannot read them from Redis",
    },
    {
      name: "DumbwaiterEventLoopLag",
      severity: "warning",
      expr: `max by (service, pod) (dumbwaiter_nodejs_eventloop_lag_p99_seconds{${here}}) > 0.25`,
      forTime: "10m",
      summary: "The event loop of {{ $labels.pod }} is lagging",
    },
    {
      name: "DumbwaiterRestarts",
      severity: "warning",
      expr: `max by (service, pod) (changes(dumbwaiter_process_start_time_seconds{${here}}[30m])) >= 3`,
      forTime: "0m",
      summary: "{{ $labels.pod }} has restarted at least 3 times within 30 minutes",
    },
  ];
}

function componentAlerts(props: RoutingServiceProps, here: string): Alert[] {
  return COMPONENTS.flatMap((component) => {
    const only = `service="${component}",${here}`;
    const { resources, replicas } = props.spec[component];
    const limitBytes = mebibytes(resources.memory) * MIB;
    const alerts: Alert[] = [
      {
        name: "DumbwaiterAbsent",
        severity: "critical",
        expr: `absent(dumbwaiter_process_start_time_seconds{${only}})`,
        forTime: "5m",
        summary: `No metrics from any pod of ${component}`,
      },
      {
        name: "DumbwaiterMemoryNearLimit",
        severity: "warning",
        expr: `max by (service, pod) (dumbwaiter_process_resident_memory_bytes{${only}}) > ${Math.floor(0.9 * limitBytes)}`,
        forTime: "15m",
        summary: "{{ $labels.pod }} uses more than 90% of its memory limit",
      },
    ];
    return isAutoscaled(props.spec[component]) ? [...alerts, atMost(component, only, replicas.max)] : alerts;
  });
}

function atMost(component: Component, only: string, max: number): Alert {
  return {
    name: "DumbwaiterAtMaxReplicas",
    severity: "warning",
    expr: `count(dumbwaiter_process_start_time_seconds{${only}}) >= ${max}`,
    forTime: "30m",
    summary: `${component} has run at its maximum of ${max} pods for 30 minutes`,
  };
}
