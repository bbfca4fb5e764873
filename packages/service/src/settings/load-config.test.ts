import { describe, expect, it } from "@jest/globals";
import { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";
import type { Env } from "./read-env.ts";
import { SERVICE_NAMES, type ServiceName } from "./service-name.ts";
import { envNamesOf, VARIABLES, variablesOf } from "./variables.ts";

const API: Env = {
  AUTH_ISSUER: "https://issuer.example/",
  AUTH_AUDIENCE: "dumbwaiter",
  AUTH_JWKS_URL: "https://issuer.example/jwks.json",
  GOOGLE_CLOUD_PROJECT: "my-project",
  REDIS_URL: "redis://localhost",
};

function problemsOf(service: ServiceName, env: Env): readonly string[] {
  try {
    loadConfig(service, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("loadConfig", () => {
  it("applies the defaults of every variable that a service reads, grouped by concern", () => {
    expect(loadConfig("api", API)).toEqual({
      listen: { port: 8080, host: undefined, adminPort: 9090 },
      http: { allowedOrigins: [], trustProxy: false },
      auth: {
        issuer: "https://issuer.example/",
        audience: "dumbwaiter",
        jwksUrl: "https://issuer.example/jwks.json",
      },
      shutdown: { graceMs: 30_000, readinessDelayMs: 0 },
      log: { level: "info" },
      tracing: { endpoint: undefined },
      google: {
        projectId: "my-project",
        databaseId: "(default)",
        firestoreEmulatorHost: undefined,
        pubsubEmulatorHost: undefined,
      },
      pubsub: { ingressTopic: "dumbwaiter-ingress" },
      redis: {
        url: "redis://localhost",
        caFile: undefined,
      },
      limits: {
        maxEnvelopeBytes: 262_144,
        maxDevices: 10,
        messageTtlMs: 30 * 86_400_000,
        deviceTtlMs: 45 * 86_400_000,
      },
      sendLimits: {
        ratePerSecond: 50,
        burst: 100,
        senderBytesPerHour: 64 * 1024 ** 2,
        recipientBytesPerHour: 1024 ** 3,
      },
    });
  });

  it("types each setting by its variable", () => {
    const config = loadConfig("api", API);
    const adminPort: number = config.listen.adminPort;
    const host: string | undefined = config.listen.host;
    // @ts-expect-error: optional without a default
    const certain: string = config.listen.host;
    // @ts-expect-error: the api has no drain
    const drain = config.shutdown.drainMs;
    expect([adminPort, host, certain, drain]).toEqual([9090, undefined, undefined, undefined]);
  });

  it("starts the embedded process with nothing set", () => {
    const config = loadConfig("embedded", {});
    expect(config.storage.dataDir).toBe("./data");
    expect(config.limits.maxUnacked).toBe(256);
    expect(config.limits.maxBufferedBytes).toBe(1_048_576);
  });

  it("reports every problem at once, and takes an empty value for none", () => {
    const problems = problemsOf("realtime", {
      ...API,
      AUTH_ISSUER: " ",
      PORT: "eighty",
      MAX_UNACKED: "0",
      LOG_LEVEL: "loud",
      MAX_BUFFERED_BYTES: "",
    });
    expect(problems).toEqual([
      'PORT must be a whole number from 0 to 65535 (it is "eighty")',
      "AUTH_ISSUER is required: The `iss` that every token must bear",
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent (it is "loud")',
      'MAX_UNACKED must be a whole number from 1 to 10000 (it is "0")',
    ]);
  });

  it("never shows the value of a secret", () => {
    for (const url of [
      "http://:hunter2@host",
      "redis://u:hunter2@h/x",
      "redis://:hunter2@a,rediss://:hunter2@b",
      "hunter2",
    ]) {
      const problems = problemsOf("api", { ...API, REDIS_URL: url });
      expect(problems).toHaveLength(1);
      expect(problems[0]).not.toContain("hunter2");
    }
  });

  it.each([
    ["PORT", "8080", { ADMIN_PORT: "8080" }, "ADMIN_PORT must differ from PORT"],
    [
      "READINESS_DELAY_SECONDS",
      "16",
      {},
      "READINESS_DELAY_SECONDS must be at most half of SHUTDOWN_GRACE_SECONDS",
    ],
  ])("checks %s against its neighbour", (name, value, rest, problem) => {
    expect(problemsOf("api", { ...API, [name]: value, ...rest })).toEqual([problem]);
  });

  it("lets both ports be picked", () => {
    expect(problemsOf("api", { ...API, PORT: "0", ADMIN_PORT: "0" })).toEqual([]);
  });

  it("starts the development issuer only when it is asked for, and never in production", () => {
    expect(problemsOf("issuer", {})).toEqual([
      "DEV_ISSUER is required: Set to 1 to start the development issuer, which gives anybody any token",
    ]);
    expect(problemsOf("issuer", { DEV_ISSUER: "1", NODE_ENV: "production" })[0]).toMatch(
      /^NODE_ENV must not be production/,
    );
    expect(problemsOf("embedded", { NODE_ENV: "production" })).toHaveLength(1);
    expect(problemsOf("issuer", { DEV_ISSUER: "1", NODE_ENV: "test" })).toEqual([]);
  });
});

describe("the table of variables", () => {
  it("names every variable and every setting once", () => {
    const names = VARIABLES.map(({ name }) => name);
    const keys = VARIABLES.map(({ group, key }) => `${group}.${key}`);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("tells what a service reads", () => {
    expect(envNamesOf("operator")).toEqual([
      "HOST",
      "ADMIN_PORT",
      "SHUTDOWN_GRACE_SECONDS",
      "LOG_LEVEL",
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      "KUBECONFIG",
      "WATCH_NAMESPACES",
      "POD_NAME",
      "POD_NAMESPACE",
      "LEADER_ELECTION",
      "LEASE_NAME",
      "LEASE_SECONDS",
      "RESYNC_SECONDS",
      "RECONCILE_CONCURRENCY",
    ]);
    expect(envNamesOf("processor")).not.toContain("PORT");
    expect(envNamesOf("processor")).toContain("PUBSUB_INGRESS_SUBSCRIPTION");
  });

  it.each(SERVICE_NAMES)("has defaults that %s accepts", (service) => {
    for (const { name, schema, default: raw } of variablesOf(service)) {
      if (raw !== undefined)
        expect({ name, ...schema.safeParse(raw) }).toMatchObject({ name, success: true });
    }
  });
});
