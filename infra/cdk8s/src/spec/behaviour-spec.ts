import { LIMITS, OBSERVABILITY, SHUTDOWN_GRACE } from "@dumbwaiter/service/settings";
import { z } from "zod";
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
    .describe("Origins whose browsers may call the API; pages of other origins are refused."),
  trustProxy: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      "How many proxies stand in front, or their networks; by default 1 behind a route, otherwise none.",
    ),
});

export const shutdownSpec = z.strictObject({
  preStopSeconds: z
    .int()
    .min(0)
    .max(120)
    .default(10)
    .describe("Seconds to wait before a pod gets SIGTERM, until nothing is routed to it any more."),
  ...specFields(SHUTDOWN_GRACE),
});

export const observabilitySpec = z.strictObject(specFields(...OBSERVABILITY));
