/** Seals and opens texts with Web Crypto, as a real client does. */

const KEY_PAIR = {
  name: "RSA-OAEP",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};

export const newKeyPair = () => crypto.subtle.generateKey(KEY_PAIR, false, ["encrypt", "decrypt"]);

/** Encrypts the text with a new AES key, and that key for the recipient. */
export async function seal(text, recipientId, publicKey) {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(text));
  const rawKey = await crypto.subtle.exportKey("raw", key);
  return {
    recipientId,
    encryptedData: toBase64(new Uint8Array([...iv, ...new Uint8Array(data)])),
    encryptedSymmetricKey: toBase64(
      new Uint8Array(await crypto.subtle.encrypt({ name: "RSA-OAEP" }, publicKey, rawKey)),
    ),
  };
}

/** Decrypts an envelope that was sealed for the owner of the private key. */
export async function open(envelope, privateKey) {
  const rawKey = await crypto.subtle.decrypt(
    { name: "RSA-OAEP" },
    privateKey,
    fromBase64(envelope.encryptedSymmetricKey),
  );
  const key = await crypto.subtle.importKey("raw", rawKey, "AES-GCM", false, ["decrypt"]);
  const bytes = fromBase64(envelope.encryptedData);
  const data = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, key, bytes.slice(12));
  return new TextDecoder().decode(data);
}

const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
