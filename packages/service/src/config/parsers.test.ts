import { describe, expect, it } from "@jest/globals";
import type { z } from "zod";
import { byteSize, daysAsMs, decimal, httpUrl, secondsAsMs, wholeNumber } from "./parsers.ts";
import { redisUrl } from "./redis-url.ts";
import { trustProxy } from "./trust-proxy.ts";
import { VARIABLES } from "./variables.ts";

const REFUSED = Symbol("refused");
const MIB = 1024 ** 2;

function read(schema: z.ZodType<unknown, string>, text: string): unknown {
  const result = schema.safeParse(text);
  return result.success ? result.data : REFUSED;
}

function schemaOf(name: string): z.ZodType<unknown, string> {
  const variable = VARIABLES.find((candidate) => candidate.name === name);
  if (variable === undefined) throw new Error(`no variable ${name}`);
  return variable.schema;
}

describe("parsers", () => {
  it.each([
    ["whole number", wholeNumber(1, 10), "10", 10],
    ["whole number over the limit", wholeNumber(1, 10), "11", REFUSED],
    ["negative number", wholeNumber(0, 10), "-1", REFUSED],
    ["hexadecimal", wholeNumber(0, 100), "0x10", REFUSED],
    ["exponent", wholeNumber(0, 1e9), "1e3", REFUSED],
    ["fraction for a whole number", wholeNumber(0, 10), "1.5", REFUSED],
    ["decimal", decimal(0, 10), "0.5", 0.5],
    ["seconds", secondsAsMs(0, 60), "1.5", 1500],
    ["days", daysAsMs(1, 30), "2", 172_800_000],
    ["bytes", byteSize(1, MIB), " 512 ", 512],
    ["bytes with a unit", byteSize(1, MIB), "512KiB", 524_288],
    ["bytes with a unit apart", byteSize(1, MIB), "1 MiB", MIB],
    ["bytes over the limit", byteSize(1, MIB), "2MiB", REFUSED],
    ["bytes with a decimal unit", byteSize(1, MIB), "5KB", REFUSED],
    ["URL", httpUrl, "http://host:4318/base", "http://host:4318/base"],
    ["URL of another scheme", httpUrl, "ftp://host", REFUSED],
    ["no URL", httpUrl, "http://", REFUSED],
  ])("%s", (_, schema, text, expected) => {
    expect(read(schema, text)).toEqual(expected);
  });

  it.each([
    ["MAX_ENVELOPE_BYTES", "900KiB", 921_600],
    ["MAX_ENVELOPE_BYTES", "921601", REFUSED],
    [
      "ALLOWED_ORIGINS",
      "https://a.example, http://localhost:3000",
      ["https://a.example", "http://localhost:3000"],
    ],
    ["ALLOWED_ORIGINS", "https://a.example/", REFUSED],
    ["ALLOWED_ORIGINS", "*", REFUSED],
    ["ALLOWED_ORIGINS", "null", REFUSED],
    ["PUBSUB_INGRESS_TOPIC", "goog-topic", REFUSED],
    ["PUBSUB_INGRESS_TOPIC", "projects/p/topics/t", REFUSED],
    ["FIRESTORE_DATABASE", "(default)", "(default)"],
    ["FIRESTORE_DATABASE", "Default", REFUSED],
  ])("%s=%s", (name, text, expected) => {
    expect(read(schemaOf(name), text)).toEqual(expected);
  });

  it.each([
    ["false", false],
    ["0", false],
    ["1", 1],
    ["11", REFUSED],
    ["true", REFUSED],
    ["loopback, 10.0.0.0/8", ["loopback", "10.0.0.0/8"]],
    ["fd00::/8", ["fd00::/8"]],
    ["10.1.2.3", ["10.1.2.3"]],
    ["0.0.0.0/0", REFUSED],
    ["10.0.0.0/33", REFUSED],
    ["10.0.0.0/8/8", REFUSED],
    ["10.0.0.0/", REFUSED],
    [",", REFUSED],
    ["proxy.example", REFUSED],
  ])("TRUST_PROXY=%s", (text, expected) => {
    expect(read(trustProxy, text)).toEqual(expected);
  });
});

describe("REDIS_URL", () => {
  const alone = { cluster: false, tls: false, username: undefined, password: undefined, database: 0 };

  it.each([
    ["redis://h", { ...alone, nodes: [{ host: "h", port: 6379 }] }],
    ["redis://h:7000/3", { ...alone, database: 3, nodes: [{ host: "h", port: 7000 }] }],
    ["redis://[::1]:7000", { ...alone, nodes: [{ host: "::1", port: 7000 }] }],
    [
      "rediss://user:p%40ss@h",
      { ...alone, tls: true, username: "user", password: "p@ss", nodes: [{ host: "h", port: 6379 }] },
    ],
    ["redis://h,", { ...alone, cluster: true, nodes: [{ host: "h", port: 6379 }] }],
    [
      "redis://:secret@a:1, redis://:secret@b:2",
      {
        ...alone,
        cluster: true,
        password: "secret",
        nodes: [
          { host: "a", port: 1 },
          { host: "b", port: 2 },
        ],
      },
    ],
    ["redis://a,rediss://b", REFUSED],
    ["redis://:x@a,redis://:y@b", REFUSED],
    ["redis://a/1,redis://b/1", REFUSED],
    ["redis://", REFUSED],
    ["redis://h/name", REFUSED],
    ["redis://h?db=1", REFUSED],
    ["redis://h:99999", REFUSED],
    ["redis://u:%zz@h", REFUSED],
    ["http://h", REFUSED],
    ["h:6379", REFUSED],
    [",", REFUSED],
  ])("%s", (text, expected) => {
    expect(read(redisUrl, text)).toEqual(expected);
  });
});
