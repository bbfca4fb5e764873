import { LIMITS, OBSERVABILITY, SHUTDOWN_GRACE } from "@dumbwaiter/service/settings";
import { z } from "zod";
import { COMPONENTS } from "./components.ts";
import { specFields } from "./spec-fields.ts";

export const limitsSpec = z.strictObject(specFields(...LIMITS));

export const httpSpec = z.strictObject({
  allowedOrigins: z
    .array(
      z
        .string()
        .max(300)
        .regex(/^https?:\/\/[^/\s]+$/, "must be an origin such as https://app.example"),
    )
    .max(64)
    .default([])
    .describe("Allowed origins; requests from other origins are rejected."),
  trustProxy: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      "Number of trusted proxies in front of the service, or their networks, comma-separated. Defaults to 2 behind a load balancer of GKE, which appends two addresses to X-Forwarded-For, to 1 with another route, and to no trusted proxies without one.",
    ),
});

export const shutdownSpec = z.strictObject({
  preStopSeconds: z
    .int()
    .min(0)
    .max(120)
    .optional()
    .describe(
      "Seconds to wait before a pod gets SIGTERM, so that load balancers can remove the pod. Defaults to 40 for api and realtime behind a load balancer of GKE, and to 10 otherwise.",
    ),
  ...specFields(SHUTDOWN_GRACE),
});

export const observabilitySpec = z.strictObject(specFields(...OBSERVABILITY));

/**
 * First the component that reads the ingress, so that it understands what the next ones publish; last the one that
 * holds client connections.
 */
const DEFAULT_ORDER: (typeof COMPONENTS)[number][] = ["processor", "api", "realtime"];

export const rolloutSpec = z.strictObject({
  order: z
    .array(z.enum(COMPONENTS))
    .max(COMPONENTS.length)
    .default(DEFAULT_ORDER)
    // As a set, an apply could not leave out what the default contains.
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe(
      "Components that are rolled out one after the other, each once the one before is available. Those left out wait for none, and none waits for them.",
    ),
  onReferenceChange: z
    .enum(["ignore", "restart"])
    .default("ignore")
    .describe(
      "What the operator does if a ConfigMap or a Secret that pods refer to changes. restart: it replaces the pods. For Secrets it needs permission to watch them, which the chart grants for those in rbac.secrets.",
    ),
});
