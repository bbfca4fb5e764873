import { z } from "zod";
import { InvalidEnvelopeError } from "./errors.ts";
import { MAX_USER_URN_LENGTH, parseUserUrn, USER_URN_FORM, USER_URN_PATTERN, type UserId } from "./user.ts";

/** From this priority on, push requests are not throttled. */
export const HIGH_PRIORITY = 5;

/** What Protobuf's JSON mapping accepts: standard or URL-safe alphabet, padded or not. */
const BASE64 = /^(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)={0,2}$/;

/** What {@link isBase64} accepts, for documents: over megabytes, the groups of a pattern cost much memory. */
export const BASE64_PATTERN = ["[A-Za-z0-9+/]", "[A-Za-z0-9_-]"]
  .map((digit) => `^(?:${digit}{4})*(?:${digit}{4}|${digit}{3}=?|${digit}{2}(?:==)?)$`)
  .join("|");

const base64 = z
  .string()
  .min(1, "must not be empty")
  .refine(isBase64, { error: "must be base64", abort: true })
  .meta({
    pattern: BASE64_PATTERN,
    description: "Base64, in the standard or the URL-safe alphabet, padded or not",
    examples: ["AEBD"],
  });

/** What a sender posts. It names no sender, and any other field is refused. */
export const secureEnvelopeSchema = z
  .strictObject({
    recipientId: z
      .string()
      .refine((urn) => parseUserUrn(urn) !== undefined, { error: USER_URN_FORM })
      .meta({
        pattern: USER_URN_PATTERN,
        maxLength: MAX_USER_URN_LENGTH,
        description:
          "The recipient's URN. Characters other than `A-Z a-z 0-9 . _ ~ @ + -`, and they alone, are percent-encoded, in upper-case hex",
        examples: ["urn:sm:user:bob"],
      }),
    encryptedData: base64,
    encryptedSymmetricKey: base64,
    signature: base64.optional(),
    isEphemeral: z.boolean().optional(),
    priority: z.int().min(0).max(10).optional().meta({ description: "0 if omitted; 5 and above is high" }),
  })
  .meta({ id: "SecureEnvelope", description: "A sealed message: the router cannot open it" });

export type SecureEnvelope = z.infer<typeof secureEnvelopeSchema>;

/** An envelope that was checked and serialised once; `bytes` travel unchanged to every recipient. */
export interface SealedEnvelope {
  readonly recipient: UserId;
  readonly ephemeral: boolean;
  /** 0 to 10; 5 and above is high. */
  readonly priority: number;
  /** The validated fields as JSON, in UTF-8. */
  readonly bytes: Buffer;
}

/**
 * Checks a parsed envelope.
 *
 * @throws InvalidEnvelopeError with the path of the first field that is wrong
 */
export function parseEnvelope(value: unknown): SecureEnvelope {
  const result = secureEnvelopeSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  if (unknown !== undefined) {
    const field = shortened(unknown);
    throw new InvalidEnvelopeError(field, `Unknown field ${JSON.stringify(field)}`);
  }
  const path = issue?.path.join(".") ?? "";
  throw new InvalidEnvelopeError(path, `${path || "the envelope"}: ${issue?.message}`);
}

/** Checks a parsed envelope and serialises its fields, once and for all. */
export function sealEnvelope(value: unknown): SealedEnvelope {
  const envelope = parseEnvelope(value);
  return sealed(envelope, Buffer.from(JSON.stringify(envelope)));
}

/** What the router reads from a valid envelope, with the bytes that carry it. */
export function sealed(envelope: SecureEnvelope, bytes: Buffer): SealedEnvelope {
  return {
    recipient: parseUserUrn(envelope.recipientId) as UserId,
    ephemeral: envelope.isEphemeral ?? false,
    priority: envelope.priority ?? 0,
    bytes,
  };
}

function isBase64(text: string): boolean {
  // Nearly all envelopes use the standard form, and comparing is several times as fast as the pattern.
  if (text !== "" && Buffer.from(text, "base64").toString("base64") === text) return true;
  if (!BASE64.test(text)) return false;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return padding > 0 ? text.length % 4 === 0 : text.length % 4 !== 1;
}

/** A field's name for answers, logs and attributes: a sender can make it as long as the body. */
function shortened(key: string): string {
  return key.length > 64 ? `${key.slice(0, 64)}…` : key;
}
