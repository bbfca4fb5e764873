import type { MessageId } from "./message-id.ts";

/** A message as a client gets it; `envelope` holds the bytes that the api serialised. */
export interface StoredMessage {
  readonly id: MessageId;
  readonly envelope: Buffer;
}

/** `{"id":…,"envelope":…}` around the envelope's bytes, which are not parsed. */
export function messageJson({ id, envelope }: StoredMessage): string {
  return `{"id":"${id}","envelope":${envelope.toString("utf8")}}`;
}

const END = Buffer.from("}");
const COMMA = Buffer.from(",");

/**
 * The bytes of {@link messageJson} of each message, with commas between them, in pieces; among them the envelopes', which
 * are not copied.
 */
export function messagesJsonPieces(messages: readonly StoredMessage[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (const { id, envelope } of messages) {
    if (pieces.length > 0) pieces.push(COMMA);
    pieces.push(Buffer.from(`{"id":"${id}","envelope":`), envelope, END);
  }
  return pieces;
}
