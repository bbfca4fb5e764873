import { AUTH, KEY_PREFIX } from "@dumbwaiter/service/settings";
import { z } from "zod";
import { VERSION } from "../version.ts";
import { cidr, dnsLabel, labels } from "./quantities.ts";
import { specFields } from "./spec-fields.ts";

const keyOf = (what: string, key: string) =>
  z.strictObject({
    name: z.string().min(1).max(253).describe(`Name of the ${what}.`),
    key: z.string().min(1).max(253).default(key).describe(`Key in the ${what}.`),
  });

const port = z.int().min(1).max(65_535);

export const imagesSpec = z.strictObject({
  registry: z
    .string()
    .max(255)
    .regex(
      /^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(\/[a-z0-9][a-z0-9._-]*)*$/,
      "must be a registry and path such as europe-docker.pkg.dev/acme/dumbwaiter",
    )
    .optional()
    .describe("Registry and path that contain dumbwaiter-api, dumbwaiter-processor and dumbwaiter-realtime."),
  tag: z
    .string()
    .max(128)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, "must be a tag")
    .default(VERSION)
    .describe("Tag of all images."),
  pullPolicy: z
    .enum(["IfNotPresent", "Always", "Never"])
    .default("IfNotPresent")
    .describe("Pull policy of all images."),
  pullSecrets: z
    .array(z.string().min(1).max(253))
    .max(8)
    .optional()
    .describe("Names of Secrets with registry credentials."),
});

export const authSpec = z.strictObject(specFields(...AUTH));

export const redisSpec = z.strictObject({
  urlSecret: keyOf("Secret", "url")
    .optional()
    .describe("Secret with the URL of Redis, which may include user and password."),
  url: z
    .string()
    .max(4096)
    .regex(/^rediss?:\/\/[^\s@]+$/, "must be a redis: or rediss: URL without user and password")
    .optional()
    .describe(
      "URL of Redis, if it needs no password. A comma-separated list, or a URL with a trailing comma, selects cluster mode.",
    ),
  caConfigMap: keyOf("ConfigMap", "ca.pem")
    .optional()
    .describe("ConfigMap with the CA certificate of Redis."),
  ...specFields(KEY_PREFIX),
});

export const networkSpec = z.strictObject({
  policies: z
    .boolean()
    .default(true)
    .describe("Whether to create NetworkPolicies that allow only the required connections."),
  fromCidrs: z
    .array(cidr)
    .max(32)
    .default(["35.191.0.0/16", "130.211.0.0/22"])
    .describe("Networks of load balancers and their health checks."),
  fromNamespaces: z
    .array(dnsLabel)
    .max(32)
    .default([])
    .describe(
      "Namespaces whose pods may connect to api and realtime, such as the namespace of an ingress controller.",
    ),
  metricsNamespaces: z
    .array(dnsLabel)
    .max(32)
    .default(["gmp-system", "gke-gmp-system"])
    .describe("Namespaces whose pods may scrape metrics."),
  httpsCidrs: z
    .array(cidr)
    .min(1)
    .max(32)
    .default(["0.0.0.0/0", "::/0"])
    .describe("Networks of the Google APIs and the token issuer, for connections to port 443."),
  redis: z
    .strictObject({
      cidrs: z
        .array(cidr)
        .max(32)
        .default(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"])
        .describe("Networks of Redis."),
      podLabels: labels.optional().describe("Labels of Redis pods in the same namespace; overrides cidrs."),
      ports: z
        .array(
          z.strictObject({
            port: port.describe("Port, or the first port of a range."),
            endPort: port.optional().describe("Last port of the range."),
          }),
        )
        .min(1)
        .max(8)
        .default([{ port: 6379 }])
        .describe(
          "Ports of Redis. Memorystore for Redis serves TLS on 6378; Memorystore for Redis Cluster also uses 11000 to 13047 for its nodes.",
        ),
    })
    .prefault({})
    .describe("Location of Redis in the network."),
  extraEgress: z
    .array(
      z.strictObject({
        cidrs: z.array(cidr).min(1).max(32).optional().describe("Networks."),
        podLabels: labels.optional().describe("Labels of pods in the same namespace."),
        port: port.describe("Port (TCP)."),
      }),
    )
    .max(16)
    .default([])
    .describe(
      "Additional destinations that all components may connect to, such as a trace collector or a token issuer in the cluster.",
    ),
});

export const routeSpec = z.strictObject({
  kind: z
    .enum(["none", "gateway", "ingress"])
    .default("none")
    .describe(
      "How clients reach api and realtime: through a Gateway on GKE, through an Ingress, or not at all.",
    ),
  host: z
    .string()
    .max(253)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)
    .optional()
    .describe("Host name; required for a Gateway or an Ingress."),
  className: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe(
      "Class of the Gateway, gke-l7-global-external-managed by default, or of the Ingress, such as gce.",
    ),
  existingGateway: z
    .strictObject({
      name: z.string().min(1).max(253).describe("Name of the Gateway."),
      namespace: z
        .string()
        .min(1)
        .max(63)
        .optional()
        .describe("Namespace of the Gateway, if it differs from that of the RoutingService."),
      sectionName: z.string().min(1).max(253).optional().describe("Name of the listener of the Gateway."),
    })
    .optional()
    .describe("Existing Gateway to attach to, instead of a dedicated one."),
  certificateMap: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe("Certificate Manager map of the dedicated Gateway."),
  address: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe("Name of the reserved IP address of the dedicated Gateway."),
  tlsSecret: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe("Secret with the TLS certificate of the Gateway or the Ingress."),
  annotations: labels.optional().describe("Annotations of the Gateway or the Ingress."),
  timeoutSeconds: z
    .int()
    .min(60)
    .max(86_400)
    .default(86_400)
    .describe("Maximum lifetime of a WebSocket connection at the load balancer, in seconds."),
});

export const monitoringSpec = z.strictObject({
  system: z
    .enum(["none", "prometheusOperator", "managedPrometheus"])
    .default("none")
    .describe(
      "What scrapes the metrics: the Prometheus operator (ServiceMonitor) or Google Cloud Managed Service for Prometheus (PodMonitoring).",
    ),
  alerts: z.boolean().default(true).describe("Whether to create alerts for the monitoring system."),
  dashboard: z.boolean().default(false).describe("Whether to create a ConfigMap with a Grafana dashboard."),
  runbookUrl: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/\S+$/)
    .optional()
    .describe("URL of docs/operations.md, which the alerts link to."),
  labels: labels.default({}).describe("Labels by which the Prometheus operator selects monitors and rules."),
});
