import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { AUTH } from "./auth.ts";
import { LIMITS } from "./limits.ts";
import { ADMIN_PORT, HOST, OBSERVABILITY, PORT, READINESS_DELAY, SHUTDOWN_GRACE } from "./process.ts";
import { REDIS } from "./redis.ts";
import { ConfigError, defineSettings, type Env } from "./service-settings.ts";

const SETTINGS = defineSettings("sample", [
  PORT,
  HOST,
  ADMIN_PORT,
  ...AUTH,
  SHUTDOWN_GRACE,
  READINESS_DELAY,
  ...OBSERVABILITY,
  ...REDIS,
  ...LIMITS,
]);

const REQUIRED: Env = {
  AUTH_ISSUER: "https://issuer.example/",
  AUTH_AUDIENCE: "dumbwaiter",
  AUTH_JWKS_URL: "https://issuer.example/jwks.json",
  REDIS_URL: "redis://localhost",
};

const ADDITIONAL = {
  issuer: "https://kubernetes.example",
  audience: "dumbwaiter",
  jwksUrl: "https://kubernetes.example/jwks.json",
  userPrefix: "k8s:",
};

function problemsOf(env: Env): readonly string[] {
  try {
    SETTINGS.load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("a service's settings", () => {
  it("type each setting by its variable", () => {
    const config = SETTINGS.load(REQUIRED);
    const adminPort: number = config.listen.adminPort;
    const host: string | undefined = config.listen.host;
    // @ts-expect-error: optional without a default
    const certain: string = config.listen.host;
    // @ts-expect-error: no variable of the table
    const drain = config.shutdown.drainMs;
    expect([adminPort, host, certain, drain]).toEqual([9090, undefined, undefined, undefined]);
  });

  it("report every problem at once, and take an empty value for none", () => {
    const problems = problemsOf({
      ...REQUIRED,
      AUTH_ISSUER: " ",
      PORT: "eighty",
      MAX_UNACKED: "0",
      LOG_LEVEL: "loud",
      MAX_BUFFERED_BYTES: "",
      MAX_ENVELOPE_BYTES: "1MiB",
    });
    expect(problems).toEqual([
      'PORT must be a whole number from 0 to 65535 (got "eighty")',
      "AUTH_ISSUER is required: Required `iss` claim of every token",
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent (got "loud")',
      'MAX_ENVELOPE_BYTES must be a size from 1KiB to 900KiB, such as 262144, 256KiB, 64MiB or 1GiB (got "1MiB")',
      'MAX_UNACKED must be a whole number from 1 to 10000 (got "0")',
    ]);
  });

  it("never show the value of a secret", () => {
    for (const url of [
      "http://:hunter2@host",
      "redis://u:hunter2@h/x",
      "redis://:hunter2@a,rediss://:hunter2@b",
      "hunter2",
    ]) {
      const problems = problemsOf({ ...REQUIRED, REDIS_URL: url });
      expect(problems).toHaveLength(1);
      expect(problems[0]).not.toContain("hunter2");
    }
  });

  describe("take a secret from a file", () => {
    const folder = mkdtempSync(join(tmpdir(), "settings-"));
    const { REDIS_URL: url = "", ...others } = REQUIRED;
    const file = (text: string) => {
      writeFileSync(join(folder, "url"), text);
      return join(folder, "url");
    };
    afterAll(() => rmSync(folder, { recursive: true }));

    it("without the line break at its end", () => {
      expect(SETTINGS.load({ ...others, REDIS_URL_FILE: file(`${url}\n`) }).redis.url).toBe(url);
    });

    it("and say which file cannot be read, or has another content than it must, without the content", () => {
      const missing = join(folder, "missing");
      expect(problemsOf({ ...others, REDIS_URL_FILE: missing })).toEqual([
        `REDIS_URL_FILE must name a readable file (got "${missing}": ENOENT)`,
      ]);
      expect(problemsOf({ ...others, REDIS_URL_FILE: file("hunter2") })).toEqual([
        expect.stringMatching(/^REDIS_URL must be redis:(?!.*hunter2)/),
      ]);
      expect(problemsOf({ ...others, REDIS_URL_FILE: file("") })).toHaveLength(1);
    });

    it("or from the environment, but not from both", () => {
      expect(problemsOf({ ...REQUIRED, REDIS_URL_FILE: file(url) })).toEqual([
        "only one of REDIS_URL and REDIS_URL_FILE may be set",
      ]);
      expect(problemsOf({ ...REQUIRED, REDIS_URL_FILE: " " })).toEqual([]);
    });

    it("if it is one", () => {
      expect(problemsOf({ ...REQUIRED, AUTH_ISSUER: "", AUTH_ISSUER_FILE: file("x") })).toHaveLength(1);
    });
  });

  it.each([
    ["PORT", "8080", { ADMIN_PORT: "8080" }, "ADMIN_PORT must differ from PORT"],
    [
      "READINESS_DELAY_SECONDS",
      "16",
      {},
      "READINESS_DELAY_SECONDS must be at most half of SHUTDOWN_GRACE_SECONDS",
    ],
  ])("check %s against its neighbour", (name, value, rest, problem) => {
    expect(problemsOf({ ...REQUIRED, [name]: value, ...rest })).toEqual([problem]);
  });

  it("read issuers, their audiences and claims", () => {
    const { auth } = SETTINGS.load({
      ...REQUIRED,
      AUTH_AUDIENCE: "web, mobile",
      AUTH_USER_CLAIM: "https://acme.example/user",
      AUTH_ADDITIONAL_ISSUERS: JSON.stringify([
        { ...ADDITIONAL, audience: "jobs,bots", userClaim: "/kubernetes.io/serviceaccount/uid" },
      ]),
    });
    expect(auth).toMatchObject({
      audience: ["web", "mobile"],
      userClaim: "https://acme.example/user",
      deviceClaim: "device_id",
      additionalIssuers: [
        { ...ADDITIONAL, audience: ["jobs", "bots"], userClaim: "/kubernetes.io/serviceaccount/uid" },
      ],
    });
  });

  it.each<[string, unknown]>([
    ["are no JSON", "[{"],
    ["are no list", ADDITIONAL],
    ["have no prefix of users, not even the empty one", [{ ...ADDITIONAL, userPrefix: undefined }]],
    ["have a prefix of other characters", [{ ...ADDITIONAL, userPrefix: "ü" }]],
    ["have no keys", [{ ...ADDITIONAL, jwksUrl: undefined }]],
    ["have an audience with a space", [{ ...ADDITIONAL, audience: "a b" }]],
    ["have a claim that is no JSON Pointer", [{ ...ADDITIONAL, userClaim: "/a~2" }]],
    ["have an unknown field", [{ ...ADDITIONAL, kid: "1" }]],
    ["name an issuer twice", [ADDITIONAL, ADDITIONAL]],
    ["name the first issuer again", [{ ...ADDITIONAL, issuer: REQUIRED.AUTH_ISSUER }]],
  ])("refuse additional issuers that %s", (_, issuers) => {
    const text = typeof issuers === "string" ? issuers : JSON.stringify(issuers);
    const problems = problemsOf({ ...REQUIRED, AUTH_ADDITIONAL_ISSUERS: text });
    expect(problems).toEqual([expect.stringMatching(/^AUTH_ADDITIONAL_ISSUERS must /)]);
  });

  it.each([
    ["redis://host,", "redis: without TLS"],
    ["rediss://:secret@host,", "a password"],
    ["rediss+sentinel://host/shop", "Sentinels"],
  ])("refuse an IAM token for %s", (url) => {
    const env = { ...REQUIRED, REDIS_AUTHENTICATION: "googleIam" };
    expect(problemsOf({ ...env, REDIS_URL: "rediss://10.0.0.3:6379," })).toEqual([]);
    expect(problemsOf({ ...env, REDIS_URL: url })).toEqual([
      expect.stringMatching(/^REDIS_URL must be rediss: without/),
    ]);
  });

  it("let both ports be picked", () => {
    expect(problemsOf({ ...REQUIRED, PORT: "0", ADMIN_PORT: "0" })).toEqual([]);
  });
});
