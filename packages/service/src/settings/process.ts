import { z } from "zod";
import { oneOf, secondsAsMs, text, wholeNumber } from "./parsers.ts";
import { TRACING } from "./tracing.ts";
import type { Variable } from "./variable.ts";

const port = wholeNumber(0, 65_535);

export const PORT = {
  name: "PORT",
  group: "listen",
  key: "port",
  schema: port,
  default: "8080",
  description: "Port of the service; 0 selects a free port",
} as const satisfies Variable;

export const HOST = {
  name: "HOST",
  group: "listen",
  key: "host",
  schema: text(/^[A-Za-z0-9.:-]{1,253}$/, "must be an address or a host name"),
  description:
    "Address to listen on; all addresses if not set. The embedded process always listens on loopback",
} as const satisfies Variable;

export const ADMIN_PORT = {
  name: "ADMIN_PORT",
  group: "listen",
  key: "adminPort",
  schema: port,
  default: "9090",
  description: "Port of `/healthz`, `/readyz` and `/metrics`; 0 selects a free port",
} as const satisfies Variable;

export const SHUTDOWN_GRACE = {
  name: "SHUTDOWN_GRACE_SECONDS",
  group: "shutdown",
  key: "graceMs",
  schema: secondsAsMs(1, 3600),
  // Narrower in a cluster, where rollouts and node drains wait for it.
  field: ["shutdown", "graceSeconds"],
  fieldSchema: z.int().min(1).max(600),
  default: "30",
  description: "Maximum time from SIGTERM to exit, excluding the drain time of realtime",
} as const satisfies Variable;

export const READINESS_DELAY = {
  name: "READINESS_DELAY_SECONDS",
  group: "shutdown",
  key: "readinessDelayMs",
  schema: secondsAsMs(0, 300),
  default: "0",
  description:
    "Time to keep accepting connections after `/readyz` starts to fail, for load balancers that poll it; part of the " +
    "grace period. Leave at 0 if the pod has a `preStop` sleep",
} as const satisfies Variable;

export const DRAIN = {
  name: "DRAIN_SECONDS",
  group: "shutdown",
  key: "drainMs",
  schema: secondsAsMs(0, 3600),
  // Narrower in a cluster, where rollouts and node drains wait for it.
  field: ["realtime", "drainSeconds"],
  fieldSchema: z.int().min(1).max(1800),
  default: "60",
  description: "Time over which a stopping realtime pod disconnects its clients; added to the grace period",
} as const satisfies Variable;

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

const LOG_FORMATS = ["json", "cloudLogging"] as const;

export const LOG_FORMAT = {
  name: "LOG_FORMAT",
  group: "log",
  key: "format",
  schema: oneOf(LOG_FORMATS),
  field: ["observability", "logFormat"],
  fieldSchema: z.enum(LOG_FORMATS),
  default: "json",
  fieldDefault: "json",
  choices: LOG_FORMATS,
  description: "Fields of a log line; `cloudLogging` adds those of Google Cloud Logging",
} as const satisfies Variable;

/** What is logged. */
export const LOGGING = [
  {
    name: "LOG_LEVEL",
    group: "log",
    key: "level",
    schema: oneOf(LOG_LEVELS),
    field: ["observability", "logLevel"],
    fieldSchema: z.enum(LOG_LEVELS),
    default: "info",
    choices: LOG_LEVELS,
    description: "Minimum log level",
  },
  LOG_FORMAT,
] as const satisfies readonly Variable[];

/** What a process that has messages tells: it traces them too. */
export const OBSERVABILITY = [...LOGGING, ...TRACING] as const satisfies readonly Variable[];
