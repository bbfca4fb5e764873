// Bare: this is where the SDK meets the wire.
import { io } from "socket.io-client";
import { parsed } from "../check-options.ts";
import { DumbwaiterError, errorOfWire } from "../error.ts";
import type { PulledMessage } from "../model.ts";

const CONNECT_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 15_000;

interface SocketHandlers {
  connected(): void;
  message?(message: PulledMessage): void;
  /** All that was queued has been sent. */
  caughtUp?(): void;
}

/** Whose connection it is; an anonymous one may only send. */
type Auth = { readonly token: string; readonly deviceId?: string } | { readonly anonymous: true };

/** One connection, from its handshake to its end. It does not reconnect. */
export interface SocketConnection {
  readonly isConnected: boolean;
  /** Resolves with the reason once the connection is refused, lost or closed. Then nothing of it is left. */
  readonly ended: Promise<DumbwaiterError>;
  /** @returns the answer. @throws DumbwaiterError what the server answered; `timeout`, `network` */
  request(event: "ack" | "auth" | "send", ...args: readonly unknown[]): Promise<{ readonly id?: unknown }>;
  close(reason: DumbwaiterError): void;
}

/** A page may have an element with the ID `process`. */
const IS_NODE =
  (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node !== undefined;

export function openSocket(url: string, auth: Auth, handlers: SocketHandlers): SocketConnection {
  const socket = io(parsed(url)?.href ?? url, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    timeout: CONNECT_TIMEOUT_MS,
    auth,
    // Nobody waits for what comes over it but who sends. Browsers have nothing to unref, and Socket.IO would fail there.
    autoUnref: IS_NODE && "anonymous" in auth,
  });
  let end: (reason: DumbwaiterError) => void = () => {};
  const ended = new Promise<DumbwaiterError>((resolve) => {
    end = (reason) => {
      socket.off();
      const { engine } = socket.io;
      socket.disconnect();
      // In Node a dead peer would keep the socket and a timer for another 30 s.
      (engine as { transport?: { ws?: { terminate?(): void } } } | undefined)?.transport?.ws?.terminate?.();
      resolve(reason);
    };
  });
  socket.on("connect", handlers.connected);
  if (handlers.message) socket.on("message", handlers.message);
  if (handlers.caughtUp) socket.on("queue:empty", handlers.caughtUp);
  socket.on("closing", (closing: unknown) => end(errorOfClosing(closing)));
  socket.on("connect_error", (error: Error & { data?: unknown }) => {
    end(error.data ? errorOfWire(error.data, "unexpected_response") : lost(error));
  });
  socket.on("disconnect", (reason) => end(lost(new Error(reason))));

  return {
    get isConnected() {
      return socket.connected;
    },
    ended,
    async request(event, ...args) {
      // Socket.IO would keep it for a connection that never comes.
      if (!socket.connected) throw lost();
      const answer: { ok?: boolean; id?: unknown; error?: unknown } = await socket
        .timeout(REQUEST_TIMEOUT_MS)
        .emitWithAck(event, ...args)
        .catch((error) => {
          throw socket.connected
            ? new DumbwaiterError("timeout", `No answer within ${REQUEST_TIMEOUT_MS} ms`, { cause: error })
            : lost(error);
        });
      if (answer?.ok !== true) throw errorOfWire(answer?.error, "unexpected_response");
      return answer;
    },
    close: (reason) => end(reason),
  };
}

function lost(cause?: unknown): DumbwaiterError {
  return new DumbwaiterError("network", "The connection was lost or could not be opened", { cause });
}

function errorOfClosing(closing: unknown): DumbwaiterError {
  const { code, retryable, afterMs } = Object(closing);
  const message = `The server closed the connection: ${code}`;
  return errorOfWire({ code, message, retryable, retryAfterMs: afterMs }, "unexpected_response");
}
