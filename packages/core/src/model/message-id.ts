import { createHash, randomUUID } from "node:crypto";
import type { Brand } from "./brand.ts";
import type { SealedEnvelope } from "./envelope.ts";
import { InvalidRequestError } from "./errors.ts";
import { DAY_MS } from "./limits/fixed-limits.ts";
import { type Sender, senderName } from "./sender.ts";
import { userUrn } from "./user.ts";

/** A lower-case UUIDv7, fixed once, when the message is accepted. */
export type MessageId = Brand<"MessageId">;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** What an idempotency key looks like, for documents, which have no case-insensitive patterns. */
export const IDEMPOTENCY_KEY_PATTERN = UUID_V7.source.replaceAll("a-f", "A-Fa-f").replace("89ab", "89ABab");

/** How far an idempotency key's time may be from ours. */
const KEY_WINDOW_MS = DAY_MS;

/** A UUIDv7: the time, then random bits from `randomUUID`, which unlike `uuid` makes no system call for each. */
export function newMessageId(now: number): MessageId {
  const time = now.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}` as MessageId;
}

/** @returns the message id that a client names, a UUID of any version, or undefined. */
export function parseMessageId(id: string): MessageId | undefined {
  return UUID.test(id) ? (id.toLowerCase() as MessageId) : undefined;
}

/** @returns the message id that the router assigned, or undefined. */
export function parseAcceptedId(id: string): MessageId | undefined {
  return UUID_V7.test(id) ? (id.toLowerCase() as MessageId) : undefined;
}

/** The trace of a message, as W3C writes a trace's ID: whoever knows the message's ID knows it, without being told. */
export function traceIdOf(id: MessageId): string {
  return id.replaceAll("-", "");
}

/**
 * The id of a message sent with an idempotency key: the key's 48-bit time, version and variant, and the first
 * 74 bits of SHA-256(sender, recipientId, key, envelope), see {@link senderName}. A retry gets the same id, no sender can
 * choose another's, and another envelope under the same key is another message: it neither is lost nor replaces the
 * first.
 *
 * @throws InvalidRequestError `invalid_idempotency_key` when the key is not a valid UUIDv7 or its time is over 24 h from
 * `now`
 */
export function derivedMessageId(
  sender: Sender,
  { recipient, bytes }: Pick<SealedEnvelope, "recipient" | "bytes">,
  key: string,
  now: number,
): MessageId {
  const hex = key.toLowerCase().replaceAll("-", "");
  const time = hex.slice(0, 12);
  if (!UUID_V7.test(key)) {
    throw new InvalidRequestError("invalid_idempotency_key", "Idempotency-Key must be a UUIDv7");
  }
  if (Math.abs(Number.parseInt(time, 16) - now) > KEY_WINDOW_MS) {
    throw new InvalidRequestError(
      "invalid_idempotency_key",
      "The time in Idempotency-Key must be within 24 hours of the server time",
    );
  }
  // No id contains a newline, so the parts stay distinct.
  const digest = createHash("sha256")
    .update(`${senderName(sender)}\n${userUrn(recipient)}\n${key.toLowerCase()}\n`)
    .update(bytes)
    .digest();
  const bits = digest.readBigUInt64BE(0);
  const randA = bits >> 52n;
  const randB = ((bits & ((1n << 52n) - 1n)) << 10n) | BigInt(digest.readUInt16BE(8) >> 6);
  const tail = ((0b10n << 62n) | randB).toString(16);
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${randA.toString(16).padStart(3, "0")}`,
    tail.slice(0, 4),
    tail.slice(4),
  ].join("-") as MessageId;
}
