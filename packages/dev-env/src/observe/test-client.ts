import type { MessageId, SecureEnvelope } from "@dumbwaiter/core";
import type { Closing } from "@dumbwaiter/service";
// Bare: a stock client that shows every event and answer.
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

interface ClientMessage {
  readonly id: MessageId;
  readonly envelope: SecureEnvelope;
}

export interface ClientOptions extends Partial<ManagerOptions & SocketOptions> {
  readonly token?: string;
  readonly deviceId?: string;
  readonly url?: string;
  /** Acknowledges each message when it arrives. */
  readonly acking?: boolean;
  /** Returns before the socket connects. */
  readonly unconnected?: boolean;
}

export interface Answer {
  readonly ok: boolean;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly retryable: boolean;
    readonly retryAfterMs?: number;
  };
  readonly [field: string]: unknown;
}

export interface TestClient {
  readonly socket: Socket;
  readonly messages: ClientMessage[];
  /** All events except messages. */
  readonly events: [string, ...unknown[]][];
  ids(): MessageId[];
  /** How often `queue:empty` arrived. */
  emptied(): number;
  closings(): Closing[];
  request(event: string, ...args: unknown[]): Promise<Answer>;
  ack(ids: readonly string[]): Promise<Answer>;
}

export type HandshakeRefusal = Error & { data?: { code: string; retryable: boolean } };

/** A stock Socket.IO client. @throws HandshakeRefusal */
export async function connectClient(
  url: string,
  auth: Record<string, unknown>,
  { acking = false, unconnected = false, ...options }: ClientOptions = {},
): Promise<TestClient> {
  const socket = io(url, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    auth,
    ...options,
  });
  const messages: ClientMessage[] = [];
  const events: [string, ...unknown[]][] = [];
  const client: TestClient = {
    socket,
    messages,
    events,
    ids: () => messages.map(({ id }) => id),
    emptied: () => events.filter(([event]) => event === "queue:empty").length,
    closings: () => events.filter(([event]) => event === "closing").map(([, closing]) => closing as Closing),
    request: (event, ...args) => socket.timeout(30_000).emitWithAck(event, ...args),
    ack: (ids) => client.request("ack", { messageIds: ids }),
  };
  socket.onAny((event: string, ...args: unknown[]) => {
    if (event !== "message") {
      events.push([event, ...args]);
      return;
    }
    const message = args[0] as ClientMessage;
    messages.push(message);
    if (acking) socket.emit("ack", { messageIds: [message.id] }, () => {});
  });
  if (unconnected) return client;
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  }).catch((error) => {
    socket.disconnect();
    throw error;
  });
  return client;
}
