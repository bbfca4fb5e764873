import { z } from "zod";
import { labels } from "./quantities.ts";

const resourceName = z
  .string()
  .max(63)
  .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, "must be the name of a resource of Compute Engine");

export const routeSpec = z.strictObject({
  kind: z
    .enum(["none", "gateway", "ingress"])
    .default("none")
    .describe("How clients reach api and realtime: through a Gateway, through an Ingress, or not at all."),
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
      "Class of the Gateway, also of an existing one, gke-l7-global-external-managed by default; or of the Ingress, such as gce. Policies of GKE are created only for its own classes: gke-… of a Gateway, gce and gce-internal of an Ingress.",
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
    .describe("Maximum lifetime of a WebSocket connection at GKE's load balancer, in seconds."),
  securityPolicy: resourceName
    .optional()
    .describe("Security policy of Cloud Armor for requests at GKE's load balancer."),
  sslPolicy: resourceName
    .optional()
    .describe("SSL policy of the dedicated Gateway of GKE, or of the Ingress of class gce."),
  logSamplePercent: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe(
      "Share of requests that GKE's load balancer logs, with the addresses of clients, in percent; none if not set.",
    ),
  redirectToHttps: z
    .boolean()
    .default(false)
    .describe(
      "Whether port 80 of the dedicated Gateway, or of the Ingress of class gce, redirects to HTTPS. A dedicated Gateway has no port 80 otherwise.",
    ),
});
