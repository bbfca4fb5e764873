import type { Component, RoutingServiceSpec } from "../routing-service-props.ts";

type Scaled = Pick<RoutingServiceSpec[Component], "replicas">;

/** Whether a HorizontalPodAutoscaler decides how many pods there are. */
export function isAutoscaled({ replicas }: Scaled): boolean {
  return replicas.max > replicas.min;
}

/**
 * What a Deployment says of its replicas: nothing where an autoscaler decides, or every apply would undo it. Whoever
 * turns autoscaling on for a running Deployment has to go on applying the number it owns until the autoscaler has
 * written one, else it falls back to 1: this is the place for that.
 */
export function replicasOf(component: Scaled): { replicas?: number } {
  return isAutoscaled(component) ? {} : { replicas: component.replicas.min };
}
