import { k8s } from "cdk8s-plus-27";
import type { Construct } from "constructs";
import type { Component, RoutingServiceProps } from "../routing-service-props.ts";
import { metadataOf, nameOf } from "./names.ts";

export interface Scaling {
  readonly metrics: k8s.MetricSpecV2[];
  readonly behavior: k8s.HorizontalPodAutoscalerBehaviorV2;
}

/** Doubles, or adds four pods, every 15 seconds as long as it has to. */
const UP_FAST: k8s.HpaScalingRulesV2 = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Percent", value: 100, periodSeconds: 15 },
    { type: "Pods", value: 4, periodSeconds: 15 },
  ],
};

/** For pods that nobody is bound to. */
export const DOWN_CALMLY: k8s.HorizontalPodAutoscalerBehaviorV2 = {
  scaleUp: UP_FAST,
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: "Percent", value: 25, periodSeconds: 60 }],
  },
};

/** For pods whose end makes all their clients connect again: a few at a time, each with its drain. */
export function downSlowly(drainSeconds: number): k8s.HorizontalPodAutoscalerBehaviorV2 {
  // The API takes periods of up to half an hour.
  const periodSeconds = Math.min(1800, Math.max(120, 2 * drainSeconds));
  return {
    scaleUp: UP_FAST,
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

export function utilization(name: "cpu" | "memory", averageUtilization: number): k8s.MetricSpecV2 {
  return { type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } };
}

export function averageValue(value: number): k8s.MetricTargetV2 {
  return { type: "AverageValue", averageValue: k8s.Quantity.fromString(String(value)) };
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
