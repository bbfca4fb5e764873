import { describe, expect, it } from "@jest/globals";
import type { z } from "zod";
import { GOOGLE, INGRESS_TOPIC } from "./google.ts";
import { ALLOWED_ORIGINS, trustProxy } from "./http.ts";
import { LIMITS } from "./limits.ts";
import { byteSize, daysAsMs, decimal, httpUrl, secondsAsMs, wholeNumber } from "./parsers.ts";
import type { Variable } from "./variable.ts";

const REFUSED = Symbol("refused");
const MIB = 1024 ** 2;
const VARIABLES: readonly Variable[] = [ALLOWED_ORIGINS, INGRESS_TOPIC, ...GOOGLE, ...LIMITS];

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
    ["decimal with many digits", decimal(0, 10), String(0.1 + 0.2), 0.1 + 0.2],
    ["decimal near zero", decimal(0, 10), String(1.5e-7), 1.5e-7],
    ["decimal with an exponent", decimal(0, 1e9), "1e3", REFUSED],
    ["seconds", secondsAsMs(0, 60), "1.5", 1500],
    ["days", daysAsMs(1, 30), "2", 172_800_000],
    ["bytes", byteSize("1", "1MiB"), " 512 ", 512],
    ["bytes with a unit", byteSize("1", "1MiB"), "512KiB", 524_288],
    ["bytes with a unit apart", byteSize("1", "1MiB"), "1 MiB", MIB],
    ["bytes over the limit", byteSize("1", "1MiB"), "2MiB", REFUSED],
    ["bytes with a decimal unit", byteSize("1", "1MiB"), "5KB", REFUSED],
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
    ["true", true],
    ["loopback, 10.0.0.0/8", "loopback,10.0.0.0/8"],
    ["fd00::/8", "fd00::/8"],
    ["10.1.2.3", "10.1.2.3"],
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
