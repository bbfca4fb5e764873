import type { Component, RoutingServiceSpec } from "../../spec/routing-service-props.ts";

/** How many pods of a component an eviction may take at a time. */
export const MAX_UNAVAILABLE = 1;

/** The pods that a component has at least while pods move to other nodes; one that has a single pod has none then. */
export function minimumAvailable({ replicas }: Pick<RoutingServiceSpec[Component], "replicas">): number {
  return Math.max(1, replicas.min - MAX_UNAVAILABLE);
}
