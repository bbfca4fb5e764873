import type { ClosingCode, NetworkPrefix } from "@dumbwaiter/core";
import type { Socket } from "socket.io";
import type { ClientConnection } from "../connection/client-connection.ts";
import type { RealtimeContext } from "../context.ts";
import type { AdmittedAnonymous } from "./admitted-socket.ts";
import type { OpenSocket } from "./open-socket.ts";
import { type EndingSession, SocketEnd } from "./socket-end.ts";

/** One socket of a client that has not said who it is: it sends, and receives nothing. */
export class AnonymousSession implements OpenSocket, EndingSession {
  readonly connection: ClientConnection;
  readonly network: NetworkPrefix;
  readonly #context: RealtimeContext;
  readonly #end: SocketEnd;
  readonly #lifeTimer: NodeJS.Timeout;
  #idleTimer: NodeJS.Timeout;

  constructor(
    context: RealtimeContext,
    socket: Socket,
    connection: ClientConnection,
    { network }: AdmittedAnonymous,
  ) {
    const { timings } = context;
    const expire = () => this.end("expired");
    this.connection = connection;
    this.network = network;
    this.#context = context;
    this.#end = new SocketEnd(context, socket, this);
    this.#idleTimer = setTimeout(expire, timings.anonymousIdleMs).unref();
    this.#lifeTimer = setTimeout(expire, timings.anonymousLifeMs).unref();
  }

  start(): void {
    this.#context.anonymousSockets.add(this);
  }

  /** A message of it was accepted. */
  accepted(): void {
    this.#idleTimer.refresh();
    this.#context.anonymousSockets.touch(this);
  }

  end(code: ClosingCode): void {
    if (this.#end.code === undefined) this.#end.begin(code);
  }

  ended(): void {
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#lifeTimer);
    this.#context.anonymousSockets.remove(this);
  }
}
