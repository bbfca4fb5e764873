import { DRAIN } from "@dumbwaiter/service/settings";
import { z } from "zod";
import { autoscalingSpec, eventLoopLagSpec } from "./autoscaling-spec.ts";
import { cpuQuantity, labels, memoryQuantity } from "./quantities.ts";
import { specFields } from "./spec-fields.ts";
import { componentTemplate } from "./template-spec.ts";

interface ComponentDefaults {
  readonly cpu: string;
  readonly memory: string;
}

export const toleration = z.strictObject({
  key: z
    .string()
    .max(316)
    .optional()
    .describe("Key of the tolerated taint. If empty, operator must be Exists, which matches all taints."),
  operator: z.enum(["Exists", "Equal"]).default("Equal").describe("Relationship of the key to the value."),
  value: z.string().max(63).optional().describe("Value of the tolerated taint."),
  effect: z
    .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
    .optional()
    .describe("Effect of the tolerated taint; all effects if empty."),
  tolerationSeconds: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .optional()
    .describe("Seconds that the taint is tolerated, for the effect NoExecute; forever if not set."),
});

/** Fields that the three components have in common; each adds the signals that it scales by. */
function componentFields({ cpu, memory }: ComponentDefaults) {
  return {
    image: z.string().min(1).max(512).optional().describe("Full image reference; overrides spec.images."),
    replicas: z
      .strictObject({
        min: z.int().min(1).max(1000).default(2).describe("Minimum number of pods."),
        max: z
          .int()
          .min(1)
          .max(1000)
          .default(10)
          .describe("Maximum number of pods; set to min for a fixed number."),
      })
      .prefault({})
      .describe("Minimum and maximum number of pods."),
    autoscaling: autoscalingSpec.prefault({}).describe("What sets the number of pods, and how fast."),
    resources: z
      .strictObject({
        cpu: cpuQuantity.default(cpu).describe("CPU request; no CPU limit unless cpuLimit is set."),
        cpuLimit: cpuQuantity.optional().describe("CPU limit, for namespaces that require one."),
        memory: memoryQuantity.default(memory).describe("Memory request and limit."),
      })
      .prefault({})
      .describe("Resources of each pod. The heap size of Node.js is derived from the memory."),
    priorityClassName: z.string().min(1).max(253).optional().describe("Priority class of the pods."),
    nodeSelector: labels.optional().describe("Labels that a node must have to run the pods."),
    tolerations: z.array(toleration).max(16).optional().describe("Taints that the pods tolerate."),
    template: componentTemplate
      .optional()
      .describe("Additions to the objects of this component; takes precedence over spec.template."),
  };
}

const percent = z.int().min(10).max(95);

export const apiSpec = z.strictObject({
  ...componentFields({ cpu: "500m", memory: "512Mi" }),
  cpuPercent: percent.default(60).describe("Target average CPU utilization, in percent of the request."),
});

export const processorSpec = z.strictObject({
  ...componentFields({ cpu: "500m", memory: "768Mi" }),
  cpuPercent: percent.default(70).describe("Target average CPU utilization, in percent of the request."),
  backlog: z
    .strictObject({
      source: z
        .enum(["none", "stackdriver", "prometheusAdapter"])
        .default("none")
        .describe("Metrics adapter that serves the number of undelivered messages as an external metric."),
      metricName: z
        .string()
        .min(1)
        .max(253)
        .optional()
        .describe("Name of the metric; overrides the default of the source."),
      labels: labels
        .optional()
        .describe(
          "Labels of the metric besides those of project (with stackdriver) and subscription, such as project_id with prometheusAdapter.",
        ),
      messagesPerPod: z
        .int()
        .min(1)
        .max(10_000_000)
        .default(5000)
        .describe("Target number of undelivered messages per pod."),
    })
    .prefault({})
    .describe("Autoscaling on undelivered messages of the ingress subscription, in addition to CPU."),
});

export const realtimeSpec = z.strictObject({
  ...componentFields({ cpu: "500m", memory: "1Gi" }),
  memoryPercent: percent
    .default(70)
    .describe("Target average memory utilization, in percent of the request."),
  cpuPercent: percent.default(70).describe("Target average CPU utilization, in percent of the request."),
  sockets: z
    .strictObject({
      metricName: z
        .string()
        .min(1)
        .max(253)
        .default("dumbwaiter_realtime_sockets")
        .describe("Name of the Pods metric for the number of open sockets."),
      perPod: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(10_000)
        .describe("Target number of open sockets per pod."),
    })
    .optional()
    .describe(
      "Autoscaling on open sockets, in addition to memory and CPU; requires a metrics adapter that serves the metric.",
    ),
  eventLoopLag: eventLoopLagSpec
    .optional()
    .describe(
      "Autoscaling on the lag of the event loop, in addition to memory and CPU; requires a metrics adapter that serves the metric.",
    ),
  ...specFields(DRAIN),
});
