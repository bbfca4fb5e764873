import { DRAIN } from "@dumbwaiter/service/settings";
import { z } from "zod";
import { cpuQuantity, labels, memoryQuantity } from "./quantities.ts";
import { specFields } from "./spec-fields.ts";

interface ComponentDefaults {
  readonly cpu: string;
  readonly memory: string;
}

export const toleration = z.strictObject({
  key: z
    .string()
    .max(316)
    .optional()
    .describe("Key of the tolerated taint; every taint when absent and the operator is Exists."),
  operator: z
    .enum(["Exists", "Equal"])
    .default("Equal")
    .describe("How key and value are compared with the taint."),
  value: z.string().max(63).optional().describe("Value of the taint."),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("Effect of the taint."),
});

/** Fields that the three components have in common; each adds the signals that it scales by. */
function componentFields({ cpu, memory }: ComponentDefaults) {
  return {
    image: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe("Full image reference, in place of the one made from spec.images."),
    replicas: z
      .strictObject({
        min: z.int().min(1).max(1000).default(2).describe("Minimum number of pods."),
        max: z
          .int()
          .min(1)
          .max(1000)
          .default(10)
          .describe("Maximum number of pods; the same as min for a fixed number."),
      })
      .prefault({})
      .describe("Range within which the component scales."),
    resources: z
      .strictObject({
        cpu: cpuQuantity.default(cpu).describe("CPU request; use is not limited unless cpuLimit is set."),
        cpuLimit: cpuQuantity.optional().describe("CPU limit, for namespaces that require one."),
        memory: memoryQuantity.default(memory).describe("Memory request and limit."),
      })
      .prefault({})
      .describe("Resources of each pod. The size of Node's heap follows from the memory."),
    priorityClassName: z.string().min(1).max(253).optional().describe("Priority class of the pods."),
    nodeSelector: labels.optional().describe("Labels of nodes that the pods may run on."),
    tolerations: z.array(toleration).max(16).optional().describe("Taints that the pods tolerate."),
  };
}

const percent = z.int().min(10).max(95);

export const apiSpec = z.strictObject({
  ...componentFields({ cpu: "500m", memory: "512Mi" }),
  cpuPercent: percent.default(60).describe("Target average CPU use, in percent of the request."),
});

export const processorSpec = z.strictObject({
  ...componentFields({ cpu: "500m", memory: "768Mi" }),
  cpuPercent: percent.default(70).describe("Target average CPU use, in percent of the request."),
  backlog: z
    .strictObject({
      source: z
        .enum(["none", "stackdriver", "prometheusAdapter"])
        .default("none")
        .describe("Metrics adapter that serves the number of undelivered messages as an External metric."),
      metricName: z
        .string()
        .min(1)
        .max(253)
        .optional()
        .describe("Name of the metric, in place of the source's default."),
      messagesPerPod: z
        .int()
        .min(1)
        .max(10_000_000)
        .default(5000)
        .describe("Target number of undelivered messages per pod."),
    })
    .prefault({})
    .describe("Scaling by the undelivered messages of the ingress subscription, in addition to CPU."),
});

export const realtimeSpec = z.strictObject({
  ...componentFields({ cpu: "500m", memory: "1Gi" }),
  memoryPercent: percent.default(70).describe("Target average memory use, in percent of the request."),
  sockets: z
    .strictObject({
      metricName: z
        .string()
        .min(1)
        .max(253)
        .default("dumbwaiter_realtime_sockets")
        .describe("Pods metric with the number of open sockets of a pod."),
      perPod: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(10_000)
        .describe("Target number of open sockets per pod."),
    })
    .optional()
    .describe("Scaling by open sockets; requires a metrics adapter that serves the metric."),
  ...specFields(DRAIN),
});
