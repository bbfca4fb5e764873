import { parseSubject, type SecureEnvelope, type UserId, userUrn } from "@dumbwaiter/core";

export function envelopeFor(user: string, fields: Partial<SecureEnvelope> = {}): SecureEnvelope {
  return {
    recipientId: userUrn(parseSubject(user) as UserId),
    encryptedData: "AEBD",
    encryptedSymmetricKey: "BCDE",
    ...fields,
  };
}

/** Base64 of this many bytes. */
export function data(bytes: number): string {
  return "A".repeat(4 * Math.ceil(bytes / 4));
}
