import { z } from "zod";
import { networkSpec } from "../spec/network-spec.ts";
import { monitoringSpec } from "../spec/platform-spec.ts";
import { cidr, dnsLabel, labels } from "../spec/quantities.ts";

const interval = z
  .string()
  .max(10)
  .regex(/^[1-9][0-9]*[sm]$/)
  .default("30s")
  .describe("Scrape interval.");

export const networkPolicy = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe("Whether to create a NetworkPolicy that allows only the required connections."),
  apiServerCidrs: z
    .array(cidr)
    .min(1)
    .max(32)
    .default(["0.0.0.0/0", "::/0"])
    .describe("Networks of the API server."),
  apiServerPorts: z
    .array(z.int().min(1).max(65_535))
    .min(1)
    .max(16)
    .default([443, 6443, 8443, 16_443])
    .describe(
      "Ports of the API server, behind its Service: 443 on GKE, 6443 with kubeadm and OpenShift, 8443 with minikube, 16443 with MicroK8s.",
    ),
  // Of OpenShift too, if the value openshift is true.
  dns: networkSpec.shape.dns,
  metricsNamespaces: z
    .array(dnsLabel)
    .max(32)
    .default([])
    .describe("Namespaces whose pods may scrape metrics; all if empty."),
  extraEgress: z
    .array(z.record(z.string(), z.unknown()))
    .max(32)
    .default([])
    .describe("Additional egress rules of a NetworkPolicy, such as for a proxy."),
});

export const serviceMonitor = z.strictObject({
  enabled: z.boolean().default(false).describe("Whether to create a ServiceMonitor."),
  interval,
  labels: labels
    .default({})
    .describe("Labels by which the Prometheus operator selects the ServiceMonitor and the alerts."),
});

export const podMonitoring = z.strictObject({
  enabled: z.boolean().default(false).describe("Whether to create a PodMonitoring."),
  interval,
});

export const alerts = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether to create alerts."),
  runbookUrl: monitoringSpec.shape.runbookUrl
    .unwrap()
    .or(z.literal(""))
    .default("")
    .describe("URL of docs/operations.md, which the alerts link to."),
});

export const dashboard = z.strictObject({
  enabled: monitoringSpec.shape.dashboard,
});
