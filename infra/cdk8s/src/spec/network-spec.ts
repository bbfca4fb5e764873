import { z } from "zod";
import { cidr, dnsLabel, labels } from "./quantities.ts";

const port = z.int().min(1).max(65_535);

const RFC_1918 = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** NodeLocal DNSCache and Cloud DNS are link-local. Some dataplanes see the ClusterIP of a DNS Service, not its pods. */
const DNS_NETWORKS = [
  ...["169.254.0.0/16", ...RFC_1918, "100.64.0.0/10", "fc00::/7"],
  // The Services of a GKE cluster, unless it was given a range.
  "34.118.224.0/20",
];

const podLabels = labels
  .optional()
  .describe("Labels of pods, in the same namespace unless namespaceLabels is set.");
const namespaceLabels = labels
  .optional()
  .describe("Labels of the pods' namespaces, such as kubernetes.io/metadata.name.");

/** A destination; without any of these it would be everything. */
const destination = {
  cidrs: z.array(cidr).min(1).max(32).optional().describe("Networks."),
  podLabels,
  namespaceLabels,
};

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
  dns: z
    .strictObject({
      namespaces: z
        .array(dnsLabel)
        .max(8)
        .default(["kube-system"])
        .describe("Namespaces of DNS servers, such as openshift-dns."),
      cidrs: z
        .array(cidr)
        .max(32)
        .default(DNS_NETWORKS)
        .describe(
          "Networks of DNS servers: NodeLocal DNSCache, Cloud DNS, and the ClusterIP of the DNS Service.",
        ),
      ports: z
        .array(port)
        .min(1)
        .max(4)
        .default([53])
        .describe("Ports of DNS servers (UDP and TCP); pods of openshift-dns serve on 5353."),
    })
    .prefault({})
    .describe("Location of DNS in the network."),
  googleApis: z
    .enum(["public", "private", "restricted"])
    .default("public")
    .describe(
      "Addresses of the Google APIs. public: httpsCidrs. private and restricted: those of private.googleapis.com or restricted.googleapis.com, in place of httpsCidrs; a token issuer elsewhere then needs extraEgress.",
    ),
  httpsCidrs: z
    .array(cidr)
    .min(1)
    .max(32)
    .default(["0.0.0.0/0", "::/0"])
    .describe("Networks of the Google APIs and the token issuer, for connections to port 443."),
  redis: z
    .strictObject({
      cidrs: z.array(cidr).max(32).default(RFC_1918).describe("Networks of Redis."),
      podLabels: labels
        .optional()
        .describe(
          "Labels of Redis pods, in the same namespace unless namespaceLabels is set; overrides cidrs.",
        ),
      namespaceLabels: labels
        .optional()
        .describe(
          "Labels of the namespace of the Redis pods, such as kubernetes.io/metadata.name; overrides cidrs.",
        ),
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
          "Ports of Redis; with Sentinels, also theirs, which is 26379. Memorystore for Redis serves TLS on 6378; Memorystore for Redis Cluster also uses 11000 to 13047 for its nodes.",
        ),
    })
    .prefault({})
    .describe("Location of Redis in the network."),
  collector: z
    .strictObject({ ...destination, port: port.describe("Port (TCP) of its pods.") })
    .optional()
    .describe(
      "Location of the trace collector. By default it derives from observability.otlpEndpoint, if that names a Service of the cluster or an IP address.",
    ),
  extraEgress: z
    .array(
      z.strictObject({
        ...destination,
        port: port.describe("Port."),
        protocol: z.enum(["TCP", "UDP"]).default("TCP").describe("Protocol of the port."),
      }),
    )
    .max(16)
    .default([])
    .describe(
      "Additional destinations that all components may connect to, such as a token issuer in the cluster.",
    ),
});
