import { isAutoscaled } from "../constructs/workload/autoscaler.ts";
import { nameOf } from "../object-metadata.ts";
import { alertSettings } from "../spec/alert-rules-spec.ts";
import { mebibytes } from "../spec/quantities.ts";
import { COMPONENTS, type Component, type RoutingServiceProps } from "../spec/routing-service-props.ts";
import { type Alert, type AlertDefinition, percent } from "./alert.ts";
import { burnRateAlerts } from "./burn-rate-alerts.ts";
import { handshakeAlerts } from "./handshake-alerts.ts";
import { objectivesOf } from "./objectives.ts";
import { podAlerts } from "./pod-alerts.ts";
import { processorAlerts } from "./processor-alerts.ts";
import { seriesOf } from "./series.ts";
import { silenceAlerts } from "./silence-alerts.ts";

const MIB = 1024 * 1024;

/** The alerts of one routing service. docs/operations.md has a runbook named after each. */
export function alertsOf(props: RoutingServiceProps): Alert[] {
  const here = seriesOf(props);
  const definitions = [
    ...objectivesOf(here).flatMap((objective) => burnRateAlerts(here, objective)),
    ...COMPONENTS.flatMap((component) => componentAlerts(props, component, here)),
    ...dependencyAlerts(here),
    ...silenceAlerts(here),
    ...handshakeAlerts(here),
    ...processorAlerts(here),
    ...processAlerts(here),
    ...podAlerts(props, here),
  ];
  return definitions.flatMap(({ name, service, expr, summary }) => {
    const { enabled, severity, threshold, ...settings } = alertSettings(
      props.spec.monitoring.alertRules,
      name,
    );
    if (!enabled) return [];
    const alert = { expr: expr(threshold), forTime: settings.for, summary: summary(threshold) };
    return [{ name, severity, service, ...alert }];
  });
}

function dependencyAlerts(here: string): AlertDefinition[] {
  return [
    {
      name: "DumbwaiterDependencyDown",
      expr: () => `max by (service, dependency) (dumbwaiter_dependency_up{${here}}) == 0`,
      summary: () => "No pod of {{ $labels.service }} can reach {{ $labels.dependency }}",
    },
    {
      name: "DumbwaiterDependencyFlaky",
      expr: (share) =>
        `min by (service, dependency) (avg_over_time(dumbwaiter_dependency_up{${here}}[15m])) < ${share}`,
      summary: () => "Some pods of {{ $labels.service }} cannot reach {{ $labels.dependency }}",
    },
    {
      name: "DumbwaiterGoogleSetupFault",
      expr: () =>
        `sum by (service, dependency, code) (increase(dumbwaiter_google_setup_faults_total{${here}}[5m])) > 0`,
      summary: () =>
        "Google refuses calls of {{ $labels.service }} to {{ $labels.dependency }}: {{ $labels.code }}",
    },
    {
      name: "DumbwaiterIngressLost",
      expr: () => `max by (service) (dumbwaiter_ingress_subscription_missing{${here}}) == 1`,
      summary: () =>
        "Messages are being lost: the ingress subscription is missing, as {{ $labels.service }} has found out",
    },
    {
      name: "DumbwaiterLimitsUnavailable",
      expr: (rate) => `sum by (service) (rate(dumbwaiter_limits_unavailable_total{${here}}[5m])) > ${rate}`,
      summary: () =>
        "{{ $labels.service }} does not enforce rate limits, because it cannot read them from Redis",
    },
    {
      name: "DumbwaiterLimitsNotShared",
      expr: () => `min by (service, pod) (dumbwaiter_limits_shared{${here}}) == 0`,
      summary: () => "{{ $labels.pod }} counts limits for itself, because it cannot read the key of names",
    },
  ];
}

function processAlerts(here: string): AlertDefinition[] {
  return [
    {
      name: "DumbwaiterEventLoopLag",
      expr: (seconds) =>
        `max by (service, pod) (dumbwaiter_nodejs_eventloop_lag_p99_seconds{${here}}) > ${seconds}`,
      summary: () => "The event loop of {{ $labels.pod }} is lagging",
    },
  ];
}

function componentAlerts(props: RoutingServiceProps, service: Component, here: string): AlertDefinition[] {
  const only = `service="${service}",${here}`;
  const { resources, replicas } = props.spec[service];
  const limitBytes = mebibytes(resources.memory) * MIB;
  const alerts: AlertDefinition[] = [
    {
      name: "DumbwaiterAbsent",
      service,
      expr: () => `absent(dumbwaiter_process_start_time_seconds{${only}})`,
      summary: () => `No metrics from any pod of ${service}`,
    },
    {
      name: "DumbwaiterMemoryNearLimit",
      service,
      expr: (share) =>
        `max by (pod) (dumbwaiter_process_resident_memory_bytes{${only}}) > ${Math.floor(share * limitBytes)}`,
      summary: (share) => `{{ $labels.pod }} uses more than ${percent(share)} of its memory limit`,
    },
  ];
  if (!isAutoscaled(props.spec[service])) return alerts;
  return [
    ...alerts,
    {
      name: "DumbwaiterAtMaxReplicas",
      service,
      // Its pods may be pending; what the autoscaler wants, only kube-state-metrics knows.
      expr: () =>
        `count(dumbwaiter_process_start_time_seconds{${only}}) >= ${replicas.max} or max(kube_horizontalpodautoscaler_status_desired_replicas{namespace="${props.namespace}",horizontalpodautoscaler="${nameOf(props, service)}"}) >= ${replicas.max}`,
      summary: () => `${service} has run at its maximum of ${replicas.max} pods for 30 minutes`,
    },
  ];
}
