import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { expect, it } from "@jest/globals";
import { nameHash, nameKey } from "./name-key.ts";

it("is the start of the SHA3-256 of the key, in base64url, and the name", () => {
  const bytes = Buffer.from("0123456789abcdef0123456789abcdef");
  const digest = createHash("sha3-256")
    .update(bytes.toString("base64url"))
    .update("alice")
    .digest("base64url");
  expect(nameHash(nameKey(bytes))("alice")).toBe(digest.slice(0, 22));
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
