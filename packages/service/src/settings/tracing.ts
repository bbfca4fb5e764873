import { unescape as percentDecoded } from "node:querystring";
import { z } from "zod";
import { decimal, httpUrl, oneOf, splitList, text } from "./parsers.ts";
import type { Variable } from "./variable.ts";

/** Those of OpenTelemetry that need nothing else. */
export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

export type SamplerName = (typeof SAMPLERS)[number];

/** What OpenTelemetry takes as it is, or percent-encoded. In ASCII alone: in the API server, `\s` means less than here. */
const TEXT = String.raw`([!#$&-+\--:<>-\[\]-~]|%[0-9A-Fa-f]{2})`;
const PAIR = `${TEXT}+=${TEXT}*`;
const ATTRIBUTES = new RegExp(`^${PAIR}( *, *${PAIR})*$`);

/** As OpenTelemetry writes them: `key=value` with commas between, and other characters percent-encoded. */
const resourceAttributes = text(
  ATTRIBUTES,
  "must be a list such as deployment.environment.name=production,team=mail, percent-encoded",
).transform(
  (list): Readonly<Record<string, string>> =>
    Object.fromEntries(splitList(list).map((pair) => pair.split("=").map(percentDecoded))),
);

/** What is traced, and where to; the names of the variables are OpenTelemetry's. */
export const TRACING = [
  {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    group: "tracing",
    key: "endpoint",
    schema: httpUrl,
    field: ["observability", "otlpEndpoint"],
    fieldSchema: z
      .string()
      .max(2048)
      .regex(/^https?:\/\/\S+$/),
    description: "Base URL of an OTLP collector (HTTP, Protobuf); tracing is disabled if not set",
  },
  {
    name: "OTEL_TRACES_SAMPLER",
    group: "tracing",
    key: "sampler",
    schema: oneOf(SAMPLERS),
    field: ["observability", "tracesSampler"],
    fieldSchema: z.enum(SAMPLERS),
    default: "parentbased_always_on",
    fieldDefault: "parentbased_always_on",
    choices: SAMPLERS,
    description: "Which messages are traced; none has a parent, so `parentbased_` changes nothing",
  },
  {
    name: "OTEL_TRACES_SAMPLER_ARG",
    group: "tracing",
    key: "sampledShare",
    schema: decimal(0, 1),
    field: ["observability", "tracesSamplerArg"],
    fieldSchema: z.number().min(0).max(1),
    default: "1",
    fieldDefault: "1",
    description: "Share of messages that the samplers `traceidratio` and `parentbased_traceidratio` trace",
  },
  {
    name: "OTEL_RESOURCE_ATTRIBUTES",
    group: "tracing",
    key: "resourceAttributes",
    schema: resourceAttributes,
    field: ["observability", "resourceAttributes"],
    fieldSchema: z.string().max(4096).regex(ATTRIBUTES, "must be a list of key=value, percent-encoded"),
    description:
      "Attributes of all spans, such as `deployment.environment.name=production`, comma-separated and percent-encoded",
  },
] as const satisfies readonly Variable[];
