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
    .describe("Taint that is tolerated; all when absent and the operator is Exists."),
  operator: z.enum(["Exists", "Equal"]).default("Equal").describe("How the value is compared."),
  value: z.string().max(63).optional().describe("Value of the taint."),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("Effect of the taint."),
});

/** What the three components have in common; each adds the signals that it scales by. */
function componentFields({ cpu, memory }: ComponentDefaults) {
  return {
    image: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe("Whole image reference, in place of the one made from spec.images."),
    replicas: z
      .strictObject({
        min: z.int().min(1).max(1000).default(2).describe("Fewest pods."),
        max: z.int().min(1).max(1000).default(10).describe("Most pods; as many as min for a fixed number."),
      })
      .prefault({})
      .describe("Between which numbers of pods it scales."),
    resources: z
      .strictObject({
        cpu: cpuQuantity.default(cpu).describe("CPU that is requested; use is not limited unless told."),
        cpuLimit: cpuQuantity.optional().describe("CPU limit, for namespaces that insist on one."),
        memory: memoryQuantity.default(memory).describe("Memory, requested and limited alike."),
      })
      .prefault({})
      .describe("What each pod gets. The heap of Node follows from the memory."),
    priorityClassName: z.string().min(1).max(253).optional().describe("Priority class of the pods."),
    nodeSelector: labels.optional().describe("Labels of the nodes that the pods may run on."),
    tolerations: z.array(toleration).max(16).optional().describe("Taints that the pods tolerate."),
  };
}

const percent = z.int().min(10).max(95);

export const apiSpec = z.strictObject({
  ...componentFields({ cpu: "500m", memory: "512Mi" }),
  cpuPercent: percent.default(60).describe("Average CPU use, in percent of the request, that it scales to."),
});

export const processorSpec = z.strictObject({
  ...componentFields({ cpu: "500m", memory: "768Mi" }),
  cpuPercent: percent.default(70).describe("Average CPU use, in percent of the request, that it scales to."),
  backlog: z
    .strictObject({
      source: z
        .enum(["none", "stackdriver", "prometheusAdapter"])
        .default("none")
        .describe("Which adapter serves the number of undelivered messages as an External metric."),
      metricName: z
        .string()
        .min(1)
        .max(253)
        .optional()
        .describe("Name of the metric, in place of the source's own."),
      messagesPerPod: z
        .int()
        .min(1)
        .max(10_000_000)
        .default(5000)
        .describe("Undelivered messages a pod that it scales to."),
    })
    .prefault({})
    .describe("Scaling by the ingress subscription's undelivered messages, beside CPU."),
});

export const realtimeSpec = z.strictObject({
  ...componentFields({ cpu: "500m", memory: "1Gi" }),
  memoryPercent: percent
    .default(70)
    .describe("Average memory use, in percent of the request, that it scales to."),
  sockets: z
    .strictObject({
      metricName: z
        .string()
        .min(1)
        .max(253)
        .default("dumbwaiter_realtime_sockets")
        .describe("Pods metric that counts a pod's open sockets."),
      perPod: z.int().min(1).max(1_000_000).default(10_000).describe("Open sockets a pod that it scales to."),
    })
    .optional()
    .describe("Scaling by open sockets; needs an adapter that serves the metric."),
  ...specFields(DRAIN),
});
