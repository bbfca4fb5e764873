import { AUTH, KEY_PREFIX, REDIS_AUTHENTICATION } from "@dumbwaiter/service/settings";
import { z } from "zod";
import { VERSION } from "../version.ts";
import { alertRulesSpec } from "./alert-rules-spec.ts";
import { labels } from "./quantities.ts";
import { specFields } from "./spec-fields.ts";

const keyOf = (what: string, key: string) =>
  z.strictObject({
    name: z.string().min(1).max(253).describe(`Name of the ${what}.`),
    key: z.string().min(1).max(253).default(key).describe(`Key in the ${what}.`),
  });

const digest = z
  .string()
  .max(71)
  .regex(/^sha256:[0-9a-f]{64}$/, "must be a digest such as sha256:…")
  .optional();

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
  digests: z
    .strictObject({
      api: digest.describe("Digest of dumbwaiter-api."),
      processor: digest.describe("Digest of dumbwaiter-processor."),
      realtime: digest.describe("Digest of dumbwaiter-realtime."),
    })
    .optional()
    .describe("Digests of the images; with one, what runs does not depend on where the tag points."),
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
    .extend({
      as: z
        .enum(["env", "file"])
        .default("env")
        .describe(
          "How pods get it: as the variable REDIS_URL, or as a file, which requires images of version 0.2.0 or later.",
        ),
    })
    .optional()
    .describe("Secret with the URL of Redis, which may include user and password."),
  url: z
    .string()
    .max(4096)
    .regex(/^rediss?(\+sentinel)?:\/\/[^\s@?]+$/, "must be a redis: or rediss: URL without user and password")
    .optional()
    .describe(
      "URL of Redis, if it needs no password. A comma-separated list, or a URL with a trailing comma, selects cluster mode; redis+sentinel://host,host,host/master asks Sentinels.",
    ),
  caConfigMap: keyOf("ConfigMap", "ca.pem")
    .optional()
    .describe("ConfigMap with the CA certificate of Redis."),
  ...specFields(REDIS_AUTHENTICATION, KEY_PREFIX),
});

export const monitoringSpec = z.strictObject({
  system: z
    .enum(["none", "prometheusOperator", "managedPrometheus"])
    .default("none")
    .describe(
      "What scrapes the metrics: the Prometheus operator (ServiceMonitor) or Google Cloud Managed Service for Prometheus (PodMonitoring).",
    ),
  alerts: z.boolean().default(true).describe("Whether to create alerts for the monitoring system."),
  alertRules: alertRulesSpec,
  dashboard: z.boolean().default(false).describe("Whether to create a ConfigMap with a Grafana dashboard."),
  runbookUrl: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/\S+$/)
    .optional()
    .describe("URL of docs/operations.md, which the alerts link to."),
  labels: labels.default({}).describe("Labels by which the Prometheus operator selects monitors and rules."),
});
