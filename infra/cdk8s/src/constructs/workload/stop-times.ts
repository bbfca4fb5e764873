import { isGkeGateway, isGkeIngress } from "../../spec/gke-load-balancer.ts";
import type { Component, RoutingServiceSpec } from "../../spec/routing-service-props.ts";

/** Time between the service's own last deadline and the kubelet's SIGKILL. */
const MARGIN_SECONDS = 5;

/** Within the cluster, endpoints are updated in a second or two. */
const IN_CLUSTER_SECONDS = 10;
/** Google's load balancers send requests to a pod for longer after it was removed from its endpoint group. */
const ENDPOINT_GROUP_SECONDS = 40;

/** How long a pod that is to stop goes on as before, so that load balancers can remove it. */
export function preStopSeconds(spec: RoutingServiceSpec, component: Component): number {
  // Both send requests to the pods themselves, by network endpoint groups.
  const isGke = isGkeGateway(spec.route) || isGkeIngress(spec.route);
  const isBalanced = component !== "processor" && isGke;
  return spec.shutdown.preStopSeconds ?? (isBalanced ? ENDPOINT_GROUP_SECONDS : IN_CLUSTER_SECONDS);
}

/** The longest time a pod takes to stop: the preStop sleep, the drain (realtime only), the graceful stop. */
export function gracePeriodSeconds(spec: RoutingServiceSpec, component: Component): number {
  const drainSeconds = component === "realtime" ? spec.realtime.drainSeconds : 0;
  return preStopSeconds(spec, component) + drainSeconds + spec.shutdown.graceSeconds + MARGIN_SECONDS;
}
