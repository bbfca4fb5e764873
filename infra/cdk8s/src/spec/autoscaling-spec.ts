import { z } from "zod";

const scalingPolicy = z.strictObject({
  type: z.enum(["Pods", "Percent"]).describe("Unit of the value."),
  value: z.int().min(1).max(100_000).describe("Number or percentage of pods."),
  periodSeconds: z.int().min(1).max(1800).describe("Period for which the value applies, in seconds."),
});

const scalingRules = z.strictObject({
  stabilizationWindowSeconds: z
    .int()
    .min(0)
    .max(3600)
    .optional()
    .describe("Seconds over which past recommendations are considered."),
  selectPolicy: z
    .enum(["Max", "Min", "Disabled"])
    .optional()
    .describe(
      "Policy that applies: the one that allows most, or least; Disabled: no scaling in this direction.",
    ),
  policies: z
    .array(scalingPolicy)
    .min(1)
    .max(8)
    .optional()
    .describe("Limits of the speed, in place of the default ones."),
});

/** What sets the number of a component's pods. */
export const autoscalingSpec = z.strictObject({
  mode: z
    .enum(["none", "hpa", "external"])
    .default("hpa")
    .describe(
      "What sets the number of pods. none: it is replicas.min. hpa: a HorizontalPodAutoscaler; it is replicas.min if that equals replicas.max. external: another autoscaler, such as KEDA; it begins with replicas.min.",
    ),
  behavior: z
    .strictObject({
      scaleUp: scalingRules.optional().describe("Scaling up. Fields that are left out keep their defaults."),
      scaleDown: scalingRules
        .optional()
        .describe("Scaling down. Fields that are left out keep their defaults."),
    })
    .optional()
    .describe("Speed of the HorizontalPodAutoscaler."),
});

export const eventLoopLagSpec = z.strictObject({
  metricName: z
    .string()
    .min(1)
    .max(253)
    .default("dumbwaiter_nodejs_eventloop_lag_p99_seconds")
    .describe("Name of the Pods metric for the lag of the event loop, in seconds."),
  milliseconds: z
    .int()
    .min(30)
    .max(10_000)
    .default(100)
    .describe("Target average lag, in milliseconds; an idle pod has 22."),
});
