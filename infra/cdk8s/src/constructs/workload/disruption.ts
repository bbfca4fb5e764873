import { k8s } from "cdk8s-plus-27";
import type { Component } from "../../spec/components.ts";
import { templateOf } from "../../spec/merge-templates.ts";
import type { RoutingServiceSpec } from "../../spec/routing-service-props.ts";
import type { ComponentTemplate } from "../../spec/template-spec.ts";

type Budget = NonNullable<ComponentTemplate["podDisruptionBudget"]>;

/** How many pods of a component an eviction may take at a time. */
const MAX_UNAVAILABLE = 1;

/** What an eviction may take at a time, for a PodDisruptionBudget. */
export function disruptionBudget(budget: Budget = {}) {
  const { minAvailable, maxUnavailable } = withDefault(budget);
  return {
    ...(minAvailable === undefined ? {} : { minAvailable: intOrString(minAvailable) }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable: intOrString(maxUnavailable) }),
  };
}

/** The pods that a component has at least while pods move to other nodes; one that has a single pod has none then. */
export function minimumAvailable(spec: RoutingServiceSpec, component: Component): number {
  const { min } = spec[component].replicas;
  const { minAvailable, maxUnavailable = 0 } = withDefault(templateOf(spec, component).podDisruptionBudget);
  const least = minAvailable === undefined ? min - podsOf(maxUnavailable, min) : podsOf(minAvailable, min);
  return Math.min(min, Math.max(1, least));
}

function withDefault(budget: Budget = {}): Budget {
  const { minAvailable, maxUnavailable } = budget;
  return minAvailable === undefined && maxUnavailable === undefined
    ? { maxUnavailable: MAX_UNAVAILABLE }
    : budget;
}

/** Percentages are rounded up, as by Kubernetes. */
function podsOf(value: number | string, pods: number): number {
  return typeof value === "number" ? value : Math.ceil((Number.parseInt(value, 10) * pods) / 100);
}

function intOrString(value: number | string): k8s.IntOrString {
  return typeof value === "number" ? k8s.IntOrString.fromNumber(value) : k8s.IntOrString.fromString(value);
}
