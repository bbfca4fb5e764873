import type { Envelope, Kind } from "../model.ts";
import { concat, fromBase64, fromUtf8, toBase64, utf8 } from "./bytes.ts";
import { gcm, openContentKey, sealContentKey } from "./content-key.ts";
import type { UserKeys } from "./key-pairs.ts";

/** Lengths are rounded up, so that they say little about the text. */
const PADDED_BYTES = 160;
const IV_BYTES = 12;
const URGENT_PRIORITY = 9;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

/** What only the recipient's devices can read. */
export interface Content {
  readonly from: string;
  readonly fromDevice: string;
  readonly text: string;
  /** In milliseconds since the epoch. */
  readonly sentAt: number;
}

/**
 * Seals a content for a user. Who sent it, and the signature that proves it, are inside: with a signature outside, the
 * router could try whose key fits.
 */
export async function sealEnvelope(
  content: Content,
  { recipientId, kind }: { readonly recipientId: string; readonly kind: Kind },
  sender: UserKeys,
  recipient: CryptoKey,
): Promise<Envelope> {
  const { contentKey, encryptedSymmetricKey } = await sealContentKey(recipient, recipientId);
  const body = JSON.stringify(content);
  const signed = statement(body, recipientId, encryptedSymmetricKey);
  const signature = await crypto.subtle.sign(SIGNATURE, sender.signing.privateKey, signed);
  const inner = utf8(JSON.stringify({ body, signature: toBase64(new Uint8Array(signature)) }));
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const key = await crypto.subtle.importKey("raw", contentKey, "AES-GCM", false, ["encrypt"]);
  const sealed = await crypto.subtle.encrypt(gcm(iv, recipientId), key, padded(inner));
  return {
    recipientId,
    encryptedData: toBase64(concat(iv, new Uint8Array(sealed))),
    encryptedSymmetricKey: toBase64(encryptedSymmetricKey),
    ...(kind === "urgent" && { priority: URGENT_PRIORITY }),
    ...(kind === "ephemeral" && { isEphemeral: true }),
  };
}

/**
 * Opens an envelope with the recipient's keys.
 *
 * @param signingKeyOf the public key of a user who says that he sent it; undefined if there is no such user
 * @throws if it was sealed for other keys, or if the sender did not sign it
 */
export async function openEnvelope(
  envelope: Envelope,
  own: UserKeys,
  signingKeyOf: (user: string) => CryptoKey | undefined,
): Promise<Content> {
  const { recipientId } = envelope;
  const encryptedSymmetricKey = fromBase64(envelope.encryptedSymmetricKey);
  const contentKey = await openContentKey(encryptedSymmetricKey, own.agreement, recipientId);
  const key = await crypto.subtle.importKey("raw", contentKey, "AES-GCM", false, ["decrypt"]);
  const bytes = fromBase64(envelope.encryptedData);
  const iv = bytes.slice(0, IV_BYTES);
  const inner = await crypto.subtle.decrypt(gcm(iv, recipientId), key, bytes.slice(IV_BYTES));
  const { body, signature } = JSON.parse(fromUtf8(inner)) as { body: string; signature: string };
  const content = JSON.parse(body) as Content;
  const signer = signingKeyOf(content.from);
  const signed = statement(body, recipientId, encryptedSymmetricKey);
  if (!signer || !(await crypto.subtle.verify(SIGNATURE, signer, fromBase64(signature), signed))) {
    throw new Error(`${content.from} did not sign this`);
  }
  return content;
}

/** What is signed: the content for this recipient, under this key, so that it cannot be sealed again for another. */
function statement(body: string, recipientId: string, encryptedSymmetricKey: Uint8Array) {
  return utf8(JSON.stringify([recipientId, toBase64(encryptedSymmetricKey), body]));
}

/** JSON may end in spaces. */
function padded(json: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = Math.ceil(json.length / PADDED_BYTES) * PADDED_BYTES;
  return concat(json, new Uint8Array(length - json.length).fill(0x20));
}
