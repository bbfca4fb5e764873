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

/** The bytes of {@link messageJson} in pieces, among them the envelope's, which are not copied. */
export function messageJsonPieces({ id, envelope }: StoredMessage): Buffer[] {
  return [Buffer.from(`{"id":"${id}","envelope":`), envelope, END];
}
