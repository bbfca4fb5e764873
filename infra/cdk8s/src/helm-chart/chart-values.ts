import { z } from "zod";
import { observabilitySpec } from "../spec/behaviour-spec.ts";
import { toleration } from "../spec/component-spec.ts";
import { imagesSpec } from "../spec/platform-spec.ts";
import { cpuQuantity, dnsLabel, labels, memoryQuantity } from "../spec/quantities.ts";
import { routingServiceName, routingServiceSpecSchema } from "../spec/routing-service-props.ts";

const { registry, tag, pullPolicy, pullSecrets } = imagesSpec.shape;

/** The values of charts/dumbwaiter-operator: its values.yaml, its schema and the table of its README come from here. */
export const chartValuesSchema = z.strictObject({
  image: z
    .strictObject({
      registry: registry
        .unwrap()
        .or(z.literal(""))
        .default("")
        .describe("Registry and path before dumbwaiter-operator."),
      tag: tag.describe("Tag of the image."),
      pullPolicy,
      pullSecrets: pullSecrets.unwrap().default([]).describe("Secrets to pull the image with."),
    })
    .prefault({})
    .describe("Where the operator's image comes from."),
  replicas: z
    .int()
    .min(1)
    .max(5)
    .default(2)
    .describe("Pods of the operator. One works; another takes over when it is gone."),
  watchNamespaces: z
    .array(dnsLabel)
    .max(100)
    .default([])
    .describe(
      "Namespaces, which exist already, that it may work in, by a Role in each; all when empty, by a ClusterRole.",
    ),
  leaseName: z
    .string()
    .max(253)
    .regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$/)
    .default("")
    .describe("Lease by which the pods agree on the one that works; the release's name when empty."),
  logLevel: observabilitySpec.shape.logLevel,
  resources: z
    .strictObject({
      cpu: cpuQuantity.default("100m").describe("CPU that is requested."),
      memory: memoryQuantity.default("512Mi").describe("Memory, requested and limited alike."),
    })
    .prefault({})
    .describe("What each pod gets."),
  priorityClassName: z.string().max(253).default("").describe("Priority class of the pods."),
  nodeSelector: labels.default({}).describe("Labels of the nodes that the pods may run on."),
  tolerations: z.array(toleration).max(16).default([]).describe("Taints that the pods tolerate."),
  podLabels: labels.default({}).describe("More labels of the pods."),
  podAnnotations: labels.default({}).describe("Annotations of the pods."),
  serviceAccount: z
    .strictObject({
      create: z.boolean().default(true).describe("Whether to make it."),
      name: z.string().max(253).default("").describe("Its name; the release's when empty."),
      annotations: labels.default({}).describe("Its annotations."),
    })
    .prefault({})
    .describe("The operator's service account."),
  rbac: z
    .strictObject({
      create: z.boolean().default(true).describe("Whether to make roles and bindings."),
      gateway: z
        .boolean()
        .default(true)
        .describe("Rights on Gateways, HTTPRoutes and GKE's policies for them."),
      configConnector: z
        .boolean()
        .default(true)
        .describe("Rights on Config Connector's Pub/Sub, Firestore and IAM resources."),
      monitoring: z
        .boolean()
        .default(true)
        .describe("Rights on the monitors and rules of the Prometheus operator and of Google's."),
    })
    .prefault({})
    .describe("What the operator may do. A right that no RoutingService needs can be left out."),
  crds: z
    .strictObject({
      install: z
        .boolean()
        .default(true)
        .describe("Whether to install and upgrade the CRD. It stays when the release goes."),
    })
    .prefault({})
    .describe("The definition of RoutingService."),
  serviceMonitor: z
    .strictObject({
      enabled: z.boolean().default(false).describe("Whether to make one, for the Prometheus operator."),
      interval: z
        .string()
        .max(10)
        .regex(/^[1-9][0-9]*[sm]$/)
        .default("30s")
        .describe("How often to scrape."),
      labels: labels.default({}).describe("Labels that the Prometheus operator selects it by."),
    })
    .prefault({})
    .describe("Scraping of the operator's own metrics."),
  routingServices: z
    .record(routingServiceName, routingServiceSpecSchema)
    .default({})
    .describe(
      "Specs of RoutingServices in the release's namespace, by name. They stay when the release goes.",
    ),
  global: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Unused; for charts that this one is part of."),
});
