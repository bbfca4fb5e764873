import type { ClosingCode } from "@dumbwaiter/core";
import type { DisconnectReason, Socket } from "socket.io";
import type { ClientConnection } from "../connection/client-connection.ts";
import { endingOf, type RealtimeMetrics } from "../metrics.ts";
import type { RealtimeTimings } from "../timings.ts";
import { closing } from "./closing.ts";

interface SocketEndOptions {
  readonly socket: Socket;
  readonly connection: ClientConnection;
  readonly timings: Pick<RealtimeTimings, "hangUpMs">;
  readonly metrics: Pick<RealtimeMetrics, "closed">;
  /** It has ended, for whichever reason. */
  ended(): void;
}

/**
 * How one socket ends: by its server with a code, which its client is told once, or otherwise. Then its connection hangs
 * up.
 */
export class SocketEnd {
  readonly #options: SocketEndOptions;
  #code: ClosingCode | undefined;

  constructor(options: SocketEndOptions) {
    const { socket, connection, metrics, ended } = options;
    this.#options = options;
    socket.on("disconnect", (reason: DisconnectReason) => {
      metrics.closed(this.#code ?? endingOf(reason));
      ended();
      connection.hangUp();
    });
  }

  /** Why the server ends or has ended it, if it does. */
  get code(): ClosingCode | undefined {
    return this.#code;
  }

  /** Tells the client why, then ends the socket. Call it once. */
  begin(code: ClosingCode): void {
    const { socket, connection, timings } = this.#options;
    this.#code = code;
    const last = closing(code);
    socket.emit("closing", last);
    connection.writeNow();
    // What waits for a slow consumer will not get out; other clients get a moment to read the closing event.
    connection.destroyAfter(code === "slow_consumer" ? 0 : timings.hangUpMs);
    if (last.retryable) socket.conn.close();
    else socket.disconnect(true);
  }
}
