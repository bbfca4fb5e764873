import { httpUrl, list, oneOf, secondsAsMs, text, wholeNumber } from "./parsers.ts";
import { SERVICE_NAMES } from "./service-name.ts";
import { trustProxy } from "./trust-proxy.ts";
import type { Variable } from "./variable.ts";

const PORT = wholeNumber(0, 65_535);

/** How a process listens, trusts, stops, logs and traces. */
export const PROCESS_VARIABLES = [
  {
    name: "PORT",
    group: "listen",
    key: "port",
    services: ["api", "realtime", "embedded", "issuer"],
    schema: PORT,
    default: "8080",
    description: "Port of the service itself; 0 picks a free one",
  },
  {
    name: "HOST",
    group: "listen",
    key: "host",
    services: ["api", "processor", "realtime", "operator", "issuer"],
    schema: text(/^[A-Za-z0-9.:-]{1,253}$/, "must be an address or a host name"),
    description: "Address to listen on; all of them when not set. The embedded process is bound to loopback",
  },
  {
    name: "ADMIN_PORT",
    group: "listen",
    key: "adminPort",
    services: SERVICE_NAMES,
    schema: PORT,
    default: "9090",
    description: "Port of `/healthz`, `/readyz` and `/metrics`; 0 picks a free one",
  },
  {
    name: "ALLOWED_ORIGINS",
    group: "http",
    key: "allowedOrigins",
    services: ["api", "realtime", "embedded"],
    schema: list(isOrigin, "must be a comma-separated list of origins such as https://app.example"),
    default: "",
    description: "Origins whose browsers may call, comma-separated; browsers of other origins are refused",
  },
  {
    name: "TRUST_PROXY",
    group: "http",
    key: "trustProxy",
    services: ["api", "realtime"],
    schema: trustProxy,
    default: "false",
    description:
      "How many proxies stand in front, or their networks, comma-separated; `true` for any, `false` for none",
  },
  {
    name: "AUTH_ISSUER",
    group: "auth",
    key: "issuer",
    services: ["api", "realtime"],
    schema: text(/^\S+$/, "must be an issuer without spaces"),
    required: true,
    description: "The `iss` that every token must bear",
  },
  {
    name: "AUTH_AUDIENCE",
    group: "auth",
    key: "audience",
    services: ["api", "realtime"],
    schema: text(/^\S+$/, "must be an audience without spaces"),
    required: true,
    description: "The `aud` that every token must bear",
  },
  {
    name: "AUTH_JWKS_URL",
    group: "auth",
    key: "jwksUrl",
    services: ["api", "realtime"],
    schema: httpUrl,
    required: true,
    description: "Where the issuer publishes its keys (ES256, EdDSA, RS256)",
  },
  {
    name: "DEV_ISSUER",
    group: "issuer",
    key: "enabled",
    services: ["issuer"],
    schema: text(/^1$/, "must be 1").transform(() => true as const),
    required: true,
    description: "Set to 1 to start the development issuer, which gives anybody any token",
  },
  {
    name: "NODE_ENV",
    group: "issuer",
    key: "nodeEnv",
    services: ["embedded", "issuer"],
    schema: text(
      /^(?!production$)/,
      "must not be production: the development issuer gives anybody any token",
    ),
    description: "`production` refuses to start",
  },
  {
    name: "SHUTDOWN_GRACE_SECONDS",
    group: "shutdown",
    key: "graceMs",
    services: SERVICE_NAMES,
    schema: secondsAsMs(1, 3600),
    default: "30",
    description: "Longest time from SIGTERM to the end, realtime's drain apart",
  },
  {
    name: "READINESS_DELAY_SECONDS",
    group: "shutdown",
    key: "readinessDelayMs",
    services: ["api", "realtime"],
    schema: secondsAsMs(0, 300),
    default: "0",
    description:
      "How long to go on accepting once `/readyz` fails, for load balancers that learn of it by asking; part of the " +
      "grace. Leave it 0 where a `preStop` sleep waits already",
  },
  {
    name: "DRAIN_SECONDS",
    group: "shutdown",
    key: "drainMs",
    services: ["realtime"],
    schema: secondsAsMs(0, 3600),
    default: "60",
    description: "Time over which the clients' reconnections are spread, on top of the grace",
  },
  {
    name: "LOG_LEVEL",
    group: "log",
    key: "level",
    services: SERVICE_NAMES,
    schema: oneOf(["fatal", "error", "warn", "info", "debug", "trace", "silent"]),
    default: "info",
    description: "Least severe level that is logged: fatal, error, warn, info, debug, trace, silent",
  },
  {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    group: "tracing",
    key: "endpoint",
    services: SERVICE_NAMES,
    schema: httpUrl,
    description: "Base URL of an OTLP collector (HTTP, Protobuf); nothing is traced when not set",
  },
] as const satisfies readonly Variable[];

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
