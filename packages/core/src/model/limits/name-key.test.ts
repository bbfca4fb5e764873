import { inspect } from "node:util";
import { expect, it } from "@jest/globals";
import { nameHash, nameKey } from "./name-key.ts";

it("is the start of an HMAC-SHA-256, in base64url", () => {
  // RFC 4231, test case 2: key "Jefe", "what do ya want for nothing?".
  const key = nameKey(Buffer.from("Jefe"));
  const hmac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  expect(nameHash(key, "what do ya want for nothing?")).toBe(
    Buffer.from(hmac, "hex").toString("base64url").slice(0, 22),
  );
});

it("differs with each new key", () => {
  const hashes = Array.from({ length: 100 }, () => nameHash(nameKey(), "alice"));
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
