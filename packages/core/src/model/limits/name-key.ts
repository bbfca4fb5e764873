import { createSecretKey, hash, type KeyObject, randomBytes } from "node:crypto";

/** A key that hides names. Node shows nothing of it when it is printed or logged. */
export type NameKey = KeyObject;

export const NAME_KEY_BYTES = 32;

/** Replaces a name where limits are kept: 22 characters, which say nothing of it without the key. */
export type NameHash = (name: string) => string;

/** @param bytes of an existing key; a new one is random */
export function nameKey(bytes: Uint8Array = randomBytes(NAME_KEY_BYTES)): NameKey {
  return createSecretKey(bytes);
}

/**
 * Takes less than a microsecond, so no name needs to be kept beside its hash. SHA-3 is safe with a key of fixed length
 * before the message, as in KMAC; an HMAC, with an object of OpenSSL for each name, takes twice as long.
 */
export function nameHash(key: NameKey): NameHash {
  // In buffers alone, whose bytes are in no heap snapshot.
  const secret = key.export();
  return (name) => hash("sha3-256", Buffer.concat([secret, Buffer.from(name)]), "base64url").slice(0, 22);
}
