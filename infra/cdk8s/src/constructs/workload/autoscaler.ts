import { k8s } from "cdk8s-plus-27";
import type { Construct } from "constructs";
import { metadataOf, nameOf } from "../../object-metadata.ts";
import type { Component, RoutingServiceProps, RoutingServiceSpec } from "../../spec/routing-service-props.ts";
import { behaviorOf } from "./scaling-behavior.ts";

export interface Scaling {
  readonly metrics: k8s.MetricSpecV2[];
  /** What the spec may change. */
  readonly behavior: k8s.HorizontalPodAutoscalerBehaviorV2;
}

type ComponentSpec = Pick<RoutingServiceSpec[Component], "replicas" | "autoscaling">;

/** The pods' average use of a resource, in percent of the request. */
export function utilization(name: "cpu" | "memory", averageUtilization: number): k8s.MetricSpecV2 {
  return { type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } };
}

/** A metric of pods that a metrics adapter serves. @param average a quantity, such as `100m` */
export function podsMetric(name: string, average: string): k8s.MetricSpecV2 {
  return { type: "Pods", pods: { metric: { name }, target: averageValue(average) } };
}

export function averageValue(quantity: string): k8s.MetricTargetV2 {
  return { type: "AverageValue", averageValue: k8s.Quantity.fromString(quantity) };
}

/** Whether our HorizontalPodAutoscaler sets the number of pods. */
export function hasAutoscaler({ replicas, autoscaling }: ComponentSpec): boolean {
  return autoscaling.mode === "hpa" && replicas.max > replicas.min;
}

/** Whether the number of pods changes up to `replicas.max`, whoever sets it. */
export function isAutoscaled({ replicas, autoscaling }: ComponentSpec): boolean {
  return autoscaling.mode !== "none" && replicas.max > replicas.min;
}

/**
 * The replicas field of a Deployment: absent with an autoscaler, because every apply would undo what it set. When
 * autoscaling is turned on for a running Deployment, the number last applied has to be applied until the autoscaler
 * has written one, or the API server falls back to 1. The operator does this.
 */
export function replicasOf(component: ComponentSpec): { replicas?: number } {
  const isFixed = !hasAutoscaler(component) && component.autoscaling.mode !== "external";
  return isFixed ? { replicas: component.replicas.min } : {};
}

export function autoscaler(
  scope: Construct,
  props: RoutingServiceProps,
  component: Component,
  { metrics, behavior }: Scaling,
): k8s.KubeHorizontalPodAutoscalerV2 {
  const name = nameOf(props, component);
  const { min, max } = props.spec[component].replicas;
  return new k8s.KubeHorizontalPodAutoscalerV2(scope, "autoscaler", {
    metadata: metadataOf(props, name, component),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas: min,
      maxReplicas: max,
      metrics,
      behavior: behaviorOf(props.spec[component], behavior),
    },
  });
}
