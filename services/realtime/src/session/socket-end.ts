import type { ClosingCode } from "@dumbwaiter/core";
import type { DisconnectReason, Socket } from "socket.io";
import type { ClientConnection } from "../connection/client-connection.ts";
import type { RealtimeContext } from "../context.ts";
import { endingOf } from "../metrics.ts";
import { closing } from "./closing.ts";

type EndContext = Pick<RealtimeContext, "timings" | "metrics">;

/** The session whose socket ends. */
export interface EndingSession {
  readonly connection: ClientConnection;
  /** The socket has ended, for whichever reason. Called once. */
  ended(): void;
}

/**
 * How one socket ends: by its server with a code, which its client is told once, or otherwise. Then its connection hangs
 * up.
 */
export class SocketEnd {
  readonly #context: EndContext;
  readonly #socket: Socket;
  readonly #session: EndingSession;
  #code: ClosingCode | undefined;

  constructor(context: EndContext, socket: Socket, session: EndingSession) {
    this.#context = context;
    this.#socket = socket;
    this.#session = session;
    socket.on("disconnect", (reason: DisconnectReason) => this.#onDisconnect(reason));
  }

  /** Why the server ends or has ended it, if it does. */
  get code(): ClosingCode | undefined {
    return this.#code;
  }

  /** Tells the client why, then ends the socket. Call it once. */
  begin(code: ClosingCode): void {
    const { connection } = this.#session;
    this.#code = code;
    const last = closing(code);
    this.#socket.emit("closing", last);
    connection.writeNow();
    // What waits for a slow consumer will not get out; other clients get a moment to read the closing event.
    connection.destroyAfter(code === "slow_consumer" ? 0 : this.#context.timings.hangUpMs);
    if (last.retryable) this.#socket.conn.close();
    else this.#socket.disconnect(true);
  }

  #onDisconnect(reason: DisconnectReason): void {
    this.#context.metrics.closed(this.#code ?? endingOf(reason));
    this.#session.ended();
    this.#session.connection.hangUp();
  }
}
