import { CLOSING_CODES } from "@dumbwaiter/core";
import { EXAMPLE_MESSAGE_ID as ID } from "@dumbwaiter/service";

/** An event of the Socket.IO API; each argument and each answer is the name of a schema. */
export interface SocketEvent {
  /** Of the operation, for code generators. */
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  /** Who emits it. */
  readonly from: "client" | "server";
  readonly args: readonly string[];
  /** How many of the arguments must be given. */
  readonly required: number;
  readonly example: readonly object[];
  /** Whether a socket without a token may emit it. */
  readonly isAnonymous?: true;
  /** What the callback gets, besides a `Failure`; only of clients' events. */
  readonly answer?: { readonly schema: string; readonly example: object };
}

const ENVELOPE = {
  recipientId: "urn:sm:user:bob",
  encryptedData: "AEBD",
  encryptedSymmetricKey: "BCDE",
  signature: "CEFG",
};

const closings = Object.entries(CLOSING_CODES).map(
  ([code, { meaning, action }]) => `- \`${code}\`: ${meaning}. ${action}.`,
);

/** By the name of the event. */
export const SOCKET_EVENTS: Readonly<Record<string, SocketEvent>> = {
  message: {
    operationId: "deliverMessage",
    summary: "A message for this device",
    description:
      "First the backlog, oldest first, then live messages. Save it, then emit `ack`, unless `envelope.isEphemeral` is true. One message can arrive twice, always with the same ID.",
    from: "server",
    args: ["Message"],
    required: 1,
    example: [{ id: ID, envelope: ENVELOPE }],
  },
  "queue:empty": {
    operationId: "reportQueueEmpty",
    summary: "All that was queued has been sent",
    description: "After connecting, and again after each catch-up.",
    from: "server",
    args: [],
    required: 0,
    example: [],
  },
  closing: {
    operationId: "announceClosing",
    summary: "The server is about to close this connection",
    description: `The codes, and what a client does:\n\n${closings.join("\n")}`,
    from: "server",
    args: ["Closing"],
    required: 1,
    example: [{ code: "drain", retryable: true, afterMs: 0 }],
  },
  ack: {
    operationId: "acknowledge",
    summary: "Acknowledge saved messages, which deletes them",
    description: "Answered once the deletion is durable. It deletes them for all sockets of the device.",
    from: "client",
    args: ["Acknowledgement"],
    required: 1,
    example: [{ messageIds: [ID] }],
    answer: { schema: "Done", example: { ok: true } },
  },
  pull: {
    operationId: "pull",
    summary: "Read the oldest messages of the device's queue",
    description: "Messages stay queued until they are acknowledged.",
    from: "client",
    args: ["PullRequest"],
    required: 0,
    example: [{ limit: 50 }],
    answer: {
      schema: "Pulled",
      example: { ok: true, messages: [{ id: ID, envelope: ENVELOPE }], hasMore: false },
    },
  },
  send: {
    operationId: "send",
    summary: "Send a sealed message",
    description:
      "Answered once the message is durable. A retry with the same key gets the same ID. An anonymous socket needs the recipient's `accessKey`, and may emit nothing else.",
    isAnonymous: true,
    from: "client",
    args: ["SecureEnvelope", "SendOptions"],
    required: 1,
    example: [ENVELOPE, { idempotencyKey: ID }],
    answer: { schema: "Sent", example: { ok: true, id: ID } },
  },
  auth: {
    operationId: "replaceToken",
    summary: "Replace the token before it expires",
    description:
      "The new token is of the same user and device. Otherwise the socket closes 30 s after `exp`.",
    from: "client",
    args: ["Token"],
    required: 1,
    example: [{ token: "eyJhbGciOi…" }],
    answer: { schema: "Done", example: { ok: true } },
  },
};
