import { concat, utf8 } from "./bytes.ts";

const AGREEMENT = { name: "ECDH", namedCurve: "P-256" };
const INFO = utf8("dumbwaiter demo page, key of the content key, version 1");
/** An uncompressed point. */
const PUBLIC_KEY_BYTES = 65;
const IV_BYTES = 12;
const CONTENT_KEY_BYTES = 32;

/**
 * Encrypts a new content key for the owner of the public key: ECDH with a key pair that is used once, HKDF-SHA-256,
 * AES-256-GCM.
 *
 * @returns the content key, and `encryptedSymmetricKey`: one-time public key ‖ IV ‖ encrypted content key
 */
export async function sealContentKey(recipient: CryptoKey, recipientId: string) {
  const once = await crypto.subtle.generateKey(AGREEMENT, false, ["deriveBits"]);
  const oncePublic = await rawKey(once.publicKey);
  const wrapping = await wrappingKey(once.privateKey, recipient, oncePublic, await rawKey(recipient));
  const contentKey = crypto.getRandomValues(new Uint8Array(CONTENT_KEY_BYTES));
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(gcm(iv, recipientId), wrapping, contentKey);
  return { contentKey, encryptedSymmetricKey: concat(oncePublic, iv, new Uint8Array(sealed)) };
}

/** @throws if it was sealed for another key, or for another recipient */
export async function openContentKey(
  sealed: Uint8Array<ArrayBuffer>,
  own: CryptoKeyPair,
  recipientId: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const oncePublic = sealed.slice(0, PUBLIC_KEY_BYTES);
  const iv = sealed.slice(PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES + IV_BYTES);
  const once = await crypto.subtle.importKey("raw", oncePublic, AGREEMENT, true, []);
  const wrapping = await wrappingKey(own.privateKey, once, oncePublic, await rawKey(own.publicKey));
  const encrypted = sealed.slice(PUBLIC_KEY_BYTES + IV_BYTES);
  return new Uint8Array(await crypto.subtle.decrypt(gcm(iv, recipientId), wrapping, encrypted));
}

/** The recipient is authenticated with the ciphertext: an envelope cannot be readdressed. */
export function gcm(iv: Uint8Array<ArrayBuffer>, recipientId: string) {
  return { name: "AES-GCM", iv, additionalData: utf8(recipientId) };
}

async function wrappingKey(
  privateKey: CryptoKey,
  publicKey: CryptoKey,
  oncePublic: Uint8Array,
  recipientPublic: Uint8Array,
): Promise<CryptoKey> {
  const secret = await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256);
  const input = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: concat(oncePublic, recipientPublic), info: INFO };
  const aes = { name: "AES-GCM", length: 256 };
  return crypto.subtle.deriveKey(hkdf, input, aes, false, ["encrypt", "decrypt"]);
}

async function rawKey(key: CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.exportKey("raw", key));
}
