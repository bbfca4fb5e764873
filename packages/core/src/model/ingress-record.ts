import { parseEnvelope, type SealedEnvelope, sealed } from "./envelope.ts";
import { InvalidEnvelopeError } from "./errors.ts";
import { parseJson, refuseDuplicateKeys } from "./json.ts";
import { type MessageId, parseAcceptedId } from "./message-id.ts";
import { userUrn } from "./user.ts";

/** A message on the ingress topic: the envelope's bytes, and what routing needs as attributes. */
export interface IngressRecord {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
}

/** An envelope that the router accepted. */
export interface AcceptedMessage extends SealedEnvelope {
  readonly id: MessageId;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
}

/** Why a record can never be processed; stable, for the dead-letter topic and the metrics. */
export const DEAD_LETTER_CODES = [
  "unsupported_version",
  "invalid_attributes",
  "invalid_envelope",
  "recipient_mismatch",
  "too_large",
  "refused_by_store",
  "attempts_exhausted",
] as const;

export type DeadLetterCode = (typeof DEAD_LETTER_CODES)[number];

/** A record that no retry can process. */
export class PoisonRecordError extends Error {
  readonly code: DeadLetterCode;

  constructor(code: DeadLetterCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PoisonRecordError";
    this.code = code;
  }
}

const VERSION = "1";

export function toIngressRecord(message: AcceptedMessage): IngressRecord {
  return {
    data: message.bytes,
    attributes: {
      v: VERSION,
      id: message.id,
      recipient: userUrn(message.recipient),
      acceptedAt: String(message.acceptedAt),
      ephemeral: String(message.ephemeral),
      priority: String(message.priority),
    },
  };
}

/**
 * Reads a record. Anybody may have published it, so attributes and envelope are checked as if for the first time.
 * The bytes stay as they are.
 *
 * @throws PoisonRecordError with the reason
 */
export function fromIngressRecord(record: IngressRecord, maxEnvelopeBytes: number): AcceptedMessage {
  const { v, id = "", recipient, acceptedAt = "", ephemeral, priority } = record.attributes;
  if (v !== VERSION) throw new PoisonRecordError("unsupported_version", "attribute v is not 1");
  const messageId = parseAcceptedId(id);
  if (messageId === undefined)
    throw new PoisonRecordError("invalid_attributes", "attribute id is not a valid UUIDv7");
  if (!/^\d{1,15}$/.test(acceptedAt)) {
    throw new PoisonRecordError("invalid_attributes", "attribute acceptedAt is not a time in milliseconds");
  }
  if (record.data.length > maxEnvelopeBytes) {
    throw new PoisonRecordError("too_large", `the envelope exceeds the limit of ${maxEnvelopeBytes} bytes`);
  }
  const message = sealedFrom(record.data);
  if (recipient !== userUrn(message.recipient)) {
    throw new PoisonRecordError(
      "recipient_mismatch",
      "attribute recipient does not match the envelope's recipientId",
    );
  }
  if (ephemeral !== String(message.ephemeral) || priority !== String(message.priority)) {
    throw new PoisonRecordError(
      "invalid_attributes",
      "attributes ephemeral and priority do not match the envelope's",
    );
  }
  return { ...message, id: messageId, acceptedAt: Number(acceptedAt) };
}

function sealedFrom(data: Buffer): SealedEnvelope {
  try {
    const { value, text } = parseJson(data);
    const envelope = parseEnvelope(value);
    refuseDuplicateKeys(text, envelope);
    return sealed(envelope, data);
  } catch (error) {
    const path = error instanceof InvalidEnvelopeError && error.path ? ` at ${error.path}` : "";
    throw new PoisonRecordError("invalid_envelope", `the data is not a valid SecureEnvelope${path}`, {
      cause: error,
    });
  }
}
