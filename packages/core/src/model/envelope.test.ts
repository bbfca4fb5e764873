import { describe, expect, it } from "@jest/globals";
import { BASE64_PATTERN, parseEnvelope, sealEnvelope } from "./envelope.ts";
import { InvalidEnvelopeError } from "./errors.ts";

const least = { recipientId: "urn:sm:user:bob", encryptedData: "AEBD", encryptedSymmetricKey: "BCDE" };
const full = { ...least, signature: "CEFG", isEphemeral: true, priority: 10 };

describe("a SecureEnvelope", () => {
  it.each([
    ["the least", least],
    ["all fields", full],
    ["priority 0, not ephemeral", { ...least, isEphemeral: false, priority: 0 }],
  ])("may have %s", (_, envelope) => {
    expect(parseEnvelope(envelope)).toEqual(envelope);
  });

  it.each([
    "AEBD",
    "AA==",
    "AA",
    "AAA=",
    "AAA",
    "+/+/",
    "-_-_",
    "-_8=",
    "-_8",
    "+/8",
    "AB==",
    "A".repeat(1_000_000),
  ])("takes the base64 %.12s", (encryptedData) => {
    expect(parseEnvelope({ ...least, encryptedData }).encryptedData).toBe(encryptedData);
  });

  it("has base64 fields that are valid exactly when they match the documented pattern", () => {
    const pattern = new RegExp(BASE64_PATTERN);
    let texts = [""];
    for (let length = 1; length <= 6; length += 1) {
      texts = texts.flatMap((text) => ["A", "+", "_", "="].map((next) => text + next));
      const valid = texts.filter((encryptedData) => {
        try {
          return parseEnvelope({ ...least, encryptedData });
        } catch {
          return false;
        }
      });
      expect(valid).toEqual(texts.filter((text) => pattern.test(text)));
      expect(valid.length > 0).toBe(length % 4 !== 1);
    }
  });

  it.each([
    "A",
    "AAAAA",
    "AA=",
    "AAA==",
    "A===",
    "AAAA=",
    "AAAA==",
    "AA===",
    "=",
    "==",
    "=AAA",
    "A=A=",
    "+/-_",
    "AA AA",
    "AAAA\n",
    "AAAA AAA",
    "AA\u0000A",
    "ÄAAA",
    `${"A".repeat(1_000_000)}!!!!`,
  ])("refuses the base64 %.12j", (text) => {
    for (const field of ["encryptedData", "encryptedSymmetricKey", "signature"]) {
      expect(() => parseEnvelope({ ...least, [field]: text })).toThrow(
        expect.objectContaining({ path: field, message: `${field}: must be base64` }),
      );
    }
  });

  it.each([
    ["recipientId", undefined],
    ["recipientId", null],
    ["recipientId", "bob"],
    ["recipientId", "urn:sm:user:"],
    ["recipientId", "urn:sm:user:.."],
    ["recipientId", "urn:sm:user:auth0|7"],
    ["recipientId", "urn:sm:user:auth0%7c7"],
    ["recipientId", "urn:sm:user:%61lice"],
    ["recipientId", "urn:sm:user:%FF"],
    ["recipientId", `urn:sm:user:${"a".repeat(256)}`],
    ["recipientId", ["urn:sm:user:bob"]],
    ["encryptedData", undefined],
    ["encryptedData", ""],
    ["encryptedData", 7],
    ["encryptedData", { a: 1 }],
    ["encryptedSymmetricKey", undefined],
    ["encryptedSymmetricKey", null],
    ["signature", null],
    ["signature", ""],
    ["isEphemeral", "true"],
    ["isEphemeral", 1],
    ["isEphemeral", null],
    ["priority", -1],
    ["priority", 11],
    ["priority", 1.5],
    ["priority", "5"],
    ["priority", null],
    ["priority", Number.POSITIVE_INFINITY],
    ["senderId", "urn:sm:user:alice"],
    ["constructor", {}],
    ["toString", "AAAA"],
    ["", "AAAA"],
  ])("names %j as wrong when it is %j", (field, value) => {
    const { [field as "signature"]: _, ...others } = full;
    const envelope = value === undefined ? others : { ...full, [field]: value };
    expect(() => parseEnvelope(envelope)).toThrow(InvalidEnvelopeError);
    expect(() => parseEnvelope(envelope)).toThrow(
      expect.objectContaining({ code: "invalid_envelope", path: field }),
    );
  });

  it("refuses an own key __proto__, whatever it holds", () => {
    for (const value of ["{}", "1", JSON.stringify(full)]) {
      const text = `${JSON.stringify(least).slice(0, -1)},"__proto__":${value}}`;
      expect(() => parseEnvelope(JSON.parse(text))).toThrow(expect.objectContaining({ path: "__proto__" }));
    }
    const inherited = JSON.parse(`{"__proto__":${JSON.stringify(least)}}`);
    expect(() => parseEnvelope(inherited)).toThrow(InvalidEnvelopeError);
  });

  it.each([null, undefined, 1, "text", true, [], [least], () => least])("is not %p", (value) => {
    expect(() => parseEnvelope(value)).toThrow(
      expect.objectContaining({ code: "invalid_envelope", path: "" }),
    );
  });

  it("names an unknown field by no more than its first letters", () => {
    const name = "x".repeat(100_000);
    const refused = expect.objectContaining({ path: `${"x".repeat(64)}…` });
    expect(() => parseEnvelope({ ...least, [name]: 1 })).toThrow(refused);
    expect(() => parseEnvelope({ ...least, [name]: 1 })).toThrow(/^Unknown field "x{64}…"$/);
  });

  it("keeps its stack when a field is nested deeply", () => {
    const deep = JSON.parse(`${"[".repeat(500_000)}${"]".repeat(500_000)}`);
    for (const field of ["encryptedData", "priority", "more"]) {
      expect(() => parseEnvelope({ ...least, [field]: deep })).toThrow(
        expect.objectContaining({ path: field }),
      );
    }
    expect(() => parseEnvelope(deep)).toThrow(InvalidEnvelopeError);
  });
});

describe("sealing", () => {
  it("serialises the fields once, and says what the router needs", () => {
    const { priority, isEphemeral, ...rest } = full;
    const sealed = sealEnvelope({ priority, isEphemeral, ...rest });
    expect(sealed).toMatchObject({ recipient: "bob", ephemeral: true, priority: 10 });
    expect(JSON.parse(sealed.bytes.toString())).toEqual(full);
  });

  it("keeps what is absent absent", () => {
    const sealed = sealEnvelope(least);
    expect(sealed).toMatchObject({ recipient: "bob", ephemeral: false, priority: 0 });
    expect(sealed.bytes.toString()).toBe(JSON.stringify(least));
  });
});
