import { inspect } from "node:util";
import { expect, it } from "@jest/globals";
import { nameHash, nameKey } from "./name-key.ts";

it("is the start of the SHA3-256 of the key and the name, for good: all processes share the buckets", () => {
  const bytes = Buffer.from("0123456789abcdef0123456789abcdef");
  // printf 0123456789abcdef0123456789abcdefalice | openssl dgst -sha3-256 -binary | basenc --base64url
  expect(nameHash(nameKey(bytes))("alice")).toBe("3TuVk6MCK1OmfnQO9EYQKx");
});

it("differs with each new key", () => {
  const hashes = Array.from({ length: 100 }, () => nameHash(nameKey())("alice"));
  expect(new Set(hashes).size).toBe(100);
});

it("does not show its key", () => {
  const bytes = Buffer.from("0123456789abcdef0123456789abcdef");
  const key = nameKey(bytes);
  const shown = [inspect(key, { depth: 9, showHidden: true }), JSON.stringify({ key }), String(key)].join();
  for (const form of ["latin1", "hex", "base64", "base64url"] as const) {
    expect(shown).not.toContain(bytes.toString(form).slice(0, 12));
  }
});
