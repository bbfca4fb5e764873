import type { Component, RoutingServiceSpec } from "../routing-service-props.ts";

/** Between the last deadline of a service and the kubelet's SIGKILL. */
const MARGIN_SECONDS = 5;

/** The longest that a pod takes to stop: wait for the endpoints, drain (realtime alone), stop. */
export function gracePeriodSeconds({ shutdown, realtime }: RoutingServiceSpec, component: Component): number {
  const drainSeconds = component === "realtime" ? realtime.drainSeconds : 0;
  return shutdown.preStopSeconds + drainSeconds + shutdown.graceSeconds + MARGIN_SECONDS;
}
