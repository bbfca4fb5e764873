import type { k8s } from "cdk8s-plus-27";
import type { Component, RoutingServiceSpec } from "../../spec/routing-service-props.ts";

type Behavior = k8s.HorizontalPodAutoscalerBehaviorV2;

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
export const DEFAULT_SCALE_DOWN: Behavior = {
  scaleUp: FAST_SCALE_UP,
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: "Percent", value: 25, periodSeconds: 60 }],
  },
};

/** For pods whose clients all have to reconnect when they stop: a few at a time, with time for the drain of each. */
export function socketScaleDown(drainSeconds: number): Behavior {
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

/** The behavior with the fields that the spec gives in place of the defaults. */
export function behaviorOf(
  { autoscaling }: Pick<RoutingServiceSpec[Component], "autoscaling">,
  { scaleUp, scaleDown }: Behavior,
): Behavior {
  const { behavior = {} } = autoscaling;
  return {
    scaleUp: { ...scaleUp, ...behavior.scaleUp } as k8s.HpaScalingRulesV2,
    scaleDown: { ...scaleDown, ...behavior.scaleDown } as k8s.HpaScalingRulesV2,
  };
}
