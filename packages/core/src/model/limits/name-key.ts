import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";

/** A key that hides names. Node shows nothing of it when it is printed or logged. */
export type NameKey = KeyObject;

export const NAME_KEY_BYTES = 32;

/** Replaces a name where limits are kept: 22 characters, which say nothing of it without the key. */
export type NameHash = (name: string) => string;

/** @param bytes of an existing key; a new one is random */
export function nameKey(bytes: Uint8Array = randomBytes(NAME_KEY_BYTES)): NameKey {
  return createSecretKey(bytes);
}

/** Takes 2 µs, so no name needs to be kept beside its hash. */
export function nameHash(key: NameKey, name: string): string {
  return createHmac("sha256", key).update(name).digest("base64url").slice(0, 22);
}
