import { k8s } from "cdk8s-plus-27";
import type { Construct } from "constructs";
import { metadataOf, nameOf } from "../../object-metadata.ts";
import type { Component, RoutingServiceProps, RoutingServiceSpec } from "../../spec/routing-service-props.ts";

export interface Scaling {
  readonly metrics: k8s.MetricSpecV2[];
  readonly behavior: k8s.HorizontalPodAutoscalerBehaviorV2;
}

type ComponentSpec = Pick<RoutingServiceSpec[Component], "replicas">;

/** Doubles the pods, or adds four, every 15 seconds while the metrics call for it. */
const FAST_SCALE_UP: k8s.HpaScalingRulesV2 = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Percent", value: 100, periodSeconds: 15 },
    { type: "Pods", value: 4, periodSeconds: 15 },
  ],
};

/** For pods without long-lived connections. */
export const DEFAULT_SCALE_DOWN: k8s.HorizontalPodAutoscalerBehaviorV2 = {
  scaleUp: FAST_SCALE_UP,
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: "Percent", value: 25, periodSeconds: 60 }],
  },
};

/** For pods whose clients all have to reconnect when they stop: a few at a time, with time for the drain of each. */
export function socketScaleDown(drainSeconds: number): k8s.HorizontalPodAutoscalerBehaviorV2 {
  // The API allows periods of up to half an hour.
  const periodSeconds = Math.min(1800, Math.max(120, 2 * drainSeconds));
  return {
    scaleUp: FAST_SCALE_UP,
    scaleDown: {
      stabilizationWindowSeconds: 900,
      selectPolicy: "Max",
      policies: [
        { type: "Pods", value: 1, periodSeconds },
        { type: "Percent", value: 10, periodSeconds },
      ],
    },
  };
}

/** The pods' average use of a resource, in percent of the request. */
export function utilization(name: "cpu" | "memory", averageUtilization: number): k8s.MetricSpecV2 {
  return { type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } };
}

export function averageValue(value: number): k8s.MetricTargetV2 {
  return { type: "AverageValue", averageValue: k8s.Quantity.fromString(String(value)) };
}

/** Whether a HorizontalPodAutoscaler sets the number of pods. */
export function isAutoscaled({ replicas }: ComponentSpec): boolean {
  return replicas.max > replicas.min;
}

/**
 * The replicas field of a Deployment: absent with an autoscaler, because every apply would undo what it set. When
 * autoscaling is turned on for a running Deployment, the number last applied has to be applied until the autoscaler
 * has written one, or the API server falls back to 1. The operator does this.
 */
export function replicasOf(component: ComponentSpec): { replicas?: number } {
  return isAutoscaled(component) ? {} : { replicas: component.replicas.min };
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
      behavior,
    },
  });
}
