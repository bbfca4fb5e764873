import { nameOf } from "../object-metadata.ts";
import { COMPONENTS, type Component } from "../spec/components.ts";
import type { RoutingServiceProps } from "../spec/routing-service-props.ts";
import { type AlertDefinition, percent } from "./alert.ts";

const COMPONENT = COMPONENTS.join("|");

/** Series about pods that are not our own have no label for the component, but the pod's name has it. */
function ofComponent(expr: string): string {
  return `label_replace(${expr}, "service", "$1", "pod", ".*-(${COMPONENT})-.*")`;
}

/**
 * Pods that die, or never come to life. What only kube-state-metrics knows is asked of it; without it, those expressions
 * are empty.
 *
 * @param here selects the series of the routing service, in PromQL
 */
export function podAlerts(props: RoutingServiceProps, here: string): AlertDefinition[] {
  const up = `up{${here}}`;
  // Kubernetes cuts what it generates a name from at 58 characters, and with a long name the last hyphen is lost.
  const pods = `namespace="${props.namespace}",pod=~"${props.name}-(${COMPONENT})-[a-z0-9]+(-[a-z0-9]{5})?"`;
  const starts = `changes(dumbwaiter_process_start_time_seconds{${here}}[30m])`;
  const restarts = `increase(kube_pod_container_status_restarts_total{${pods}}[30m])`;
  return [
    {
      name: "DumbwaiterPodDown",
      // While it is a target: what was scraped of a pod that is gone counts for nothing.
      expr: (share) =>
        `max by (service, pod) (${ofComponent(`avg_over_time(${up}[10m]) < ${share} and ${up}`)})`,
      summary: (share) =>
        `{{ $labels.pod }} could be scraped less than ${percent(share)} of the last 10 minutes`,
    },
    {
      name: "DumbwaiterRestarts",
      expr: (times) =>
        `max by (service, pod) (${starts}) >= ${times} or max by (service, pod) (${ofComponent(restarts)}) >= ${times}`,
      summary: (times) => `{{ $labels.pod }} has restarted at least ${times} times within 30 minutes`,
    },
    ...COMPONENTS.map((service) => podsMissing(props, service)),
  ];
}

function podsMissing(props: RoutingServiceProps, service: Component): AlertDefinition {
  const ofDeployment = (metric: string) =>
    `max(kube_deployment_${metric}{namespace="${props.namespace}",deployment="${nameOf(props, service)}"})`;
  return {
    name: "DumbwaiterPodsMissing",
    service,
    expr: () => `${ofDeployment("spec_replicas")} > ${ofDeployment("status_replicas_available")}`,
    summary: () => `${service} has fewer ready pods than it should have`,
  };
}
