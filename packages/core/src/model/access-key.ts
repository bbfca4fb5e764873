import { hash, timingSafeEqual } from "node:crypto";
import type { Brand } from "./brand.ts";

/** The SHA-256 of an access key, in base64url: 43 characters. */
export type AccessKeyHash = Brand<"AccessKeyHash">;

const MIN_BYTES = 16;
const MAX_BYTES = 64;

/** What an access key must be, to complete a sentence. */
export const ACCESS_KEY_FORM = `must be padded base64 of ${MIN_BYTES} to ${MAX_BYTES} bytes`;

/** What {@link parseAccessKey} accepts, for documents: padded base64 of that many bytes, without spare bits. */
export const ACCESS_KEY_PATTERN = [
  "^(?:[A-Za-z0-9+/]{4}){6,21}$",
  "^(?:[A-Za-z0-9+/]{4}){5,20}[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=$",
  "^(?:[A-Za-z0-9+/]{4}){5,21}[A-Za-z0-9+/][AQgw]==$",
].join("|");

/** @returns the hash of an access key in padded base64, or undefined when it is not one */
export function parseAccessKey(text: string): AccessKeyHash | undefined {
  if (text.length > MAX_BYTES * 2) return undefined;
  const key = Buffer.from(text, "base64");
  // Buffer skips what is not base64: only the canonical form gives itself again.
  if (key.length < MIN_BYTES || key.length > MAX_BYTES || key.toString("base64") !== text) return undefined;
  return hash("sha256", key, "base64url") as AccessKeyHash;
}

/** Nobody knows a key with this hash: what is compared for a user without one. */
export const NO_ACCESS_KEY = "A".repeat(43) as AccessKeyHash;

/** In constant time. */
export function isSameAccessKey(a: AccessKeyHash, b: AccessKeyHash): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
