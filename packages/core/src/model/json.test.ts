import { describe, expect, it } from "@jest/globals";
import { InvalidRequestError } from "./errors.ts";
import { parseJson, refuseDuplicateKeys } from "./json.ts";

const invalidJson = expect.objectContaining({ code: "invalid_json" });

describe("parseJson", () => {
  it("gives the value and the text", () => {
    const text = '{ "a": ["é", 1e1, null] }';
    expect(parseJson(Buffer.from(text))).toEqual({ value: { a: ["é", 10, null] }, text });
  });

  it.each([
    ["nothing", ""],
    ["a cut-off object", '{"a":1'],
    ["something behind", '{"a":1} {'],
    ["single quotes", "{'a':1}"],
    ["a comment", '{"a":1/**/}'],
    ["NaN", '{"a":NaN}'],
    ["a raw line break in a string", '"a\nb"'],
    ["a byte order mark", '\uFEFF{"a":1}'],
  ])("refuses %s", (_, text) => {
    expect(() => parseJson(Buffer.from(text))).toThrow(InvalidRequestError);
    expect(() => parseJson(Buffer.from(text))).toThrow(invalidJson);
  });

  it.each([
    ["a byte that is no UTF-8", [0x22, 0xff, 0x22]],
    ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
    ["half a surrogate pair", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["UTF-16", [0x7b, 0x00, 0x7d, 0x00]],
  ])("refuses %s", (_, bytes) => {
    expect(() => parseJson(Uint8Array.from(bytes))).toThrow(invalidJson);
  });

  it.each(["[", '{"a":', '[{"a":'])("keeps its stack under a million of %s", (open) => {
    expect(() => parseJson(Buffer.from(open.repeat(1_000_000)))).toThrow(invalidJson);
    const deep = `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`;
    expect(Array.isArray(parseJson(Buffer.from(deep)).value)).toBe(true);
  });

  it("keeps __proto__ a key like any other", () => {
    const { value } = parseJson(Buffer.from('{"__proto__":{"admin":true}}'));
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe("refuseDuplicateKeys", () => {
  const check = (text: string) => refuseDuplicateKeys(text, JSON.parse(text));

  it.each(["null", '{"a":null}', "[null,null]"])("lets %s pass", (text) => {
    expect(() => check(text)).not.toThrow();
  });

  it.each([
    "{}",
    '"a"',
    "[]",
    '["a","a"]',
    '{"a":"a"}',
    '{"a":1,"A":2}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"\\"","b":"\\\\"}',
    '{"a":"\\\\\\"","b":"\\",\\"a\\":"}',
    '{"__proto__":1}',
    '{"a":"{\\"b\\":1,\\"b\\":2}"}',
  ])("accepts %s", (text) => {
    expect(() => check(text)).not.toThrow();
  });

  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"a":1}',
    '{"a":"x","b":0,"a":"x"}',
    '{"a":1,"\\u0061":2}',
    '{"\\"":1,"\\u0022":2}',
    '{"\\\\":1,"\\u005c":2}',
    '{"a":{"b":1},"a":{"b":1,"c":"d"}}',
    '{"x":{"a":1,"a":2}}',
    '[{"a":[],"a":[]}]',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
  ])("refuses %s", (text) => {
    expect(() => check(text)).toThrow(invalidJson);
  });

  it("finds them at any depth", () => {
    const deep = (inner: string) => `${"[".repeat(100_000)}${inner}${"]".repeat(100_000)}`;
    expect(() => check(deep('{"a":1,"b":2}'))).not.toThrow();
    expect(() => check(deep('{"a":1,"a":2}'))).toThrow(invalidJson);
  });

  it("reads a large text of quotes and backslashes in no time", () => {
    const text = JSON.stringify({ a: '\\"'.repeat(400_000) });
    const before = process.cpuUsage();
    check(text);
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(2_000_000);
  });
});
