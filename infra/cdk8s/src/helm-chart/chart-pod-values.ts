import { z } from "zod";
import { toleration } from "../spec/component-spec.ts";
import { cpuQuantity, labels, memoryQuantity } from "../spec/quantities.ts";

/** Objects that Kubernetes itself validates. */
const objects = z.array(z.record(z.string(), z.unknown())).max(64).default([]);

/** The values about the operator's pods. */
export const podValues = {
  resources: z
    .strictObject({
      cpu: cpuQuantity.default("100m").describe("CPU request."),
      memory: memoryQuantity.default("512Mi").describe("Memory request and limit."),
    })
    .prefault({})
    .describe("Resources of each pod."),
  priorityClassName: z.string().max(253).default("").describe("Priority class of the pods."),
  nodeSelector: labels.default({}).describe("Labels that a node must have to run the pods."),
  tolerations: z.array(toleration).max(16).default([]).describe("Taints that the pods tolerate."),
  affinity: z.record(z.string(), z.unknown()).default({}).describe("Affinity of the pods."),
  topologySpreadConstraints: objects.describe(
    "Topology spread constraints of the pods; over zones and nodes, where possible, if empty.",
  ),
  openshift: z
    .boolean()
    .default(false)
    .describe("Whether the platform assigns the user that the pods run as, as OpenShift does."),
  podLabels: labels.default({}).describe("Additional labels of the pods."),
  podAnnotations: labels.default({}).describe("Annotations of the pods."),
  extraEnv: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(253),
        value: z.string().max(32_768).optional(),
        valueFrom: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .max(64)
    .default([])
    .describe("Additional environment variables, such as HTTPS_PROXY or NODE_EXTRA_CA_CERTS."),
  extraVolumes: objects.describe("Additional volumes of the pods, such as the certificates of a proxy."),
  extraVolumeMounts: objects.describe("Where additional volumes are mounted."),
};
