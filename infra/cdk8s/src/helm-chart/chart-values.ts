import { z } from "zod";
import { observabilitySpec } from "../spec/behaviour-spec.ts";
import { toleration } from "../spec/component-spec.ts";
import { imagesSpec } from "../spec/platform-spec.ts";
import { cpuQuantity, dnsLabel, labels, memoryQuantity } from "../spec/quantities.ts";
import { routingServiceName, routingServiceSpecSchema } from "../spec/routing-service-props.ts";

const { registry, tag, pullPolicy, pullSecrets } = imagesSpec.shape;

/** The values of charts/dumbwaiter-operator. Its values.yaml, its schema and the table in its README are made from them. */
export const chartValuesSchema = z.strictObject({
  image: z
    .strictObject({
      registry: registry
        .unwrap()
        .or(z.literal(""))
        .default("")
        .describe("Registry and path that contain dumbwaiter-operator."),
      // Not the version itself: `helm upgrade --reuse-values` would keep it, beside a newer CRD.
      tag: tag
        .removeDefault()
        .or(z.literal(""))
        .default("")
        .describe("Tag of the image; the chart's `appVersion` if empty."),
      pullPolicy,
      pullSecrets: pullSecrets.unwrap().default([]).describe("Names of Secrets with registry credentials."),
    })
    .prefault({})
    .describe("Image of the operator."),
  replicas: z
    .int()
    .min(1)
    .max(5)
    .default(2)
    .describe("Number of pods. One is the leader; another takes over if it stops."),
  watchNamespaces: z
    .array(dnsLabel)
    .max(100)
    .default([])
    .describe(
      "Existing namespaces to watch, with a Role in each. If empty, the operator watches all namespaces, with a ClusterRole.",
    ),
  leaseName: z
    .string()
    .max(253)
    .regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$/)
    .default("")
    .describe("Name of the Lease for leader election; the release name if empty."),
  logLevel: observabilitySpec.shape.logLevel,
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
  podLabels: labels.default({}).describe("Additional labels of the pods."),
  podAnnotations: labels.default({}).describe("Annotations of the pods."),
  serviceAccount: z
    .strictObject({
      create: z.boolean().default(true).describe("Whether to create the service account."),
      name: z
        .string()
        .max(253)
        .default("")
        .describe("Name of the service account; the release name if empty."),
      annotations: labels.default({}).describe("Annotations of the service account."),
    })
    .prefault({})
    .describe("Service account of the operator."),
  rbac: z
    .strictObject({
      create: z.boolean().default(true).describe("Whether to create roles and bindings."),
      gateway: z
        .boolean()
        .default(true)
        .describe("Whether to grant access to Gateways, HTTPRoutes and GKE's policies for them."),
      configConnector: z
        .boolean()
        .default(true)
        .describe("Whether to grant access to Config Connector's Pub/Sub, Firestore and IAM resources."),
      monitoring: z
        .boolean()
        .default(true)
        .describe(
          "Whether to grant access to monitors and rules of the Prometheus operator and of Google's managed Prometheus.",
        ),
    })
    .prefault({})
    .describe("Permissions of the operator; disable those that no RoutingService needs."),
  crds: z
    .strictObject({
      install: z
        .boolean()
        .default(true)
        .describe("Whether to install and upgrade the CRD. It is kept when the release is uninstalled."),
    })
    .prefault({})
    .describe("CustomResourceDefinition of RoutingService."),
  serviceMonitor: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe("Whether to create a ServiceMonitor for the Prometheus operator."),
      interval: z
        .string()
        .max(10)
        .regex(/^[1-9][0-9]*[sm]$/)
        .default("30s")
        .describe("Scrape interval."),
      labels: labels
        .default({})
        .describe("Labels by which the Prometheus operator selects the ServiceMonitor."),
    })
    .prefault({})
    .describe("Scraping of the operator's metrics."),
  routingServices: z
    .record(routingServiceName, routingServiceSpecSchema)
    .default({})
    .describe(
      "Specs of RoutingServices in the release's namespace, by name. They are kept when the release is uninstalled.",
    ),
  global: z.record(z.string(), z.unknown()).optional().describe("Not used; allowed for parent charts."),
});
