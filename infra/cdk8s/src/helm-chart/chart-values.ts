import { z } from "zod";
import { observabilitySpec } from "../spec/behaviour-spec.ts";
import { imagesSpec } from "../spec/platform-spec.ts";
import { dnsLabel, labels } from "../spec/quantities.ts";
import { routingServiceName, routingServiceSpecSchema } from "../spec/routing-service-props.ts";
import { alerts, dashboard, networkPolicy, podMonitoring, serviceMonitor } from "./chart-connections.ts";
import { podValues } from "./chart-pod-values.ts";

const { registry, tag, pullPolicy } = imagesSpec.shape;

const registryOrNone = registry.unwrap().or(z.literal("")).default("");
const secretName = z.string().min(1).max(253);
const pullSecrets = z.array(z.union([secretName, z.strictObject({ name: secretName })])).max(8);
const aggregated = (role: string, rights: string) =>
  z
    .boolean()
    .default(false)
    .describe(`Whether the cluster's role ${role} includes ${rights} RoutingServices.`);

/** The values of charts/dumbwaiter-operator. Its values.yaml, its schema and the table in its README are made from them. */
export const chartValuesSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe("Not used by this chart; for the condition of a dependency in a parent chart."),
  nameOverride: z.string().max(52).default("").describe("Replaces the chart's name in the names of objects."),
  fullnameOverride: z
    .string()
    .max(52)
    .default("")
    .describe("Name of the objects; the release name, and the chart's name if that is not in it, if empty."),
  image: z
    .strictObject({
      registry: registryOrNone.describe(
        "Registry and path that contain dumbwaiter-operator; global.imageRegistry if empty.",
      ),
      // Not the version itself: `helm upgrade --reuse-values` would keep it, beside a newer CRD.
      tag: tag
        .removeDefault()
        .or(z.literal(""))
        .default("")
        .describe("Tag of the image; the chart's `appVersion` if empty."),
      digest: z
        .string()
        .regex(/^(sha256:[0-9a-f]{64})?$/)
        .default("")
        .describe(
          "Digest of the image, such as sha256:…; with one, what runs does not depend on where the tag points.",
        ),
      pullPolicy,
      pullSecrets: pullSecrets
        .default([])
        .describe("Secrets with registry credentials, as names or as objects such as `{name: registry}`."),
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
  watchSelector: z
    .string()
    .max(1024)
    .default("")
    .describe(
      "Label selector of the RoutingServices to manage, such as `team=shop` or `!canary`; all in the watched namespaces if empty.",
    ),
  leaseName: z
    .string()
    .max(253)
    .regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$/)
    .default("")
    .describe("Name of the Lease for leader election; the name of the objects if empty."),
  logLevel: observabilitySpec.shape.logLevel,
  logFormat: observabilitySpec.shape.logFormat,
  ...podValues,
  serviceAccount: z
    .strictObject({
      create: z.boolean().default(true).describe("Whether to create the service account."),
      name: z
        .string()
        .max(253)
        .default("")
        .describe("Name of the service account; the name of the objects if empty."),
      annotations: labels.default({}).describe("Annotations of the service account."),
    })
    .prefault({})
    .describe("Service account of the operator."),
  rbac: z
    .strictObject({
      create: z
        .boolean()
        .default(true)
        .describe("Whether to create roles and bindings, those of users included."),
      gateway: z
        .boolean()
        .default(true)
        .describe(
          "Whether to grant access to Gateways, HTTPRoutes, GKE's policies for them, and GKE's FrontendConfigs and BackendConfigs of Ingresses.",
        ),
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
      secrets: z
        .array(z.string().min(1).max(253))
        .max(64)
        .default([])
        .describe(
          "Names of Secrets that the operator may watch, for RoutingServices with rollout.onReferenceChange: restart. It asks for their metadata only, but Kubernetes has no permission for that alone. Without watchNamespaces, it may then read the Secrets of these names in ALL namespaces; a Role in each namespace, as in docs/operations.md, grants less.",
        ),
      aggregateToView: aggregated("view", "reading"),
      aggregateToEdit: aggregated("edit", "changing"),
      aggregateToAdmin: aggregated("admin", "changing"),
    })
    .prefault({})
    .describe("Permissions of the operator, and of users; disable those that no RoutingService needs."),
  crds: z
    .strictObject({
      install: z
        .boolean()
        .default(true)
        .describe(
          "Whether to install and upgrade the CRD. It is kept when the release is uninstalled. Only one release of a cluster may install it.",
        ),
    })
    .prefault({})
    .describe("CustomResourceDefinition of RoutingService."),
  networkPolicy: networkPolicy.prefault({}).describe("Allowed connections of the operator's pods."),
  serviceMonitor: serviceMonitor
    .prefault({})
    .describe("Scraping of the operator's metrics by the Prometheus operator."),
  podMonitoring: podMonitoring
    .prefault({})
    .describe("Scraping of the operator's metrics by Google Cloud Managed Service for Prometheus."),
  alerts: alerts
    .prefault({})
    .describe("Alerts about the operator, for each of the two that scrapes its metrics."),
  dashboard: dashboard.prefault({}).describe("A dashboard of the operator for Grafana."),
  routingServices: z
    .record(routingServiceName, routingServiceSpecSchema)
    .default({})
    .describe(
      "Specs of RoutingServices in the release's namespace, by name. They are kept when the release is uninstalled.",
    ),
  global: z
    .looseObject({
      imageRegistry: registryOrNone.describe("Registry and path of images, for charts whose own is empty."),
      imagePullSecrets: pullSecrets
        .default([])
        .describe("Secrets with registry credentials, in addition to the chart's own."),
    })
    .prefault({})
    .describe("Values that a parent chart sets for all of its charts."),
});
