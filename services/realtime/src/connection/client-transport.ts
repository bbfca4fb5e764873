import type { Socket as NetSocket } from "node:net";
import { type Server as EngineServer, transports } from "engine.io";

type Request = ConstructorParameters<typeof transports.websocket>[0];
type Packets = Parameters<InstanceType<typeof transports.websocket>["send"]>[0];

/** Watches what Engine.IO hands to a transport. */
export interface TransportOwner {
  /** All of Engine.IO's buffer has been handed over. */
  handedOver(): void;
}

/** Engine.IO's WebSocket transport, which writes packets together and ends as every client understands. */
export class ClientTransport extends transports.websocket {
  readonly #netSocket: NetSocket;
  #owner: TransportOwner | undefined;
  #staysOpen = false;

  constructor(request: Request) {
    super(request);
    this.#netSocket = request.socket;
  }

  setOwner(owner: TransportOwner): void {
    this.#owner = owner;
  }

  /** The end of the session leaves the connection as it is. */
  stayOpen(): void {
    this.#staysOpen = true;
  }

  override send(packets: Packets): void {
    this.#owner?.handedOver();
    this.#netSocket.cork();
    try {
      super.send(packets);
    } finally {
      this.#netSocket.uncork();
    }
  }

  /**
   * In place of Engine.IO's close frame, after which OkHttp's clients, such as Socket.IO's for Java, read no more, and
   * notice the end of the connection only as missing heartbeats.
   */
  override doClose(done?: () => void): void {
    if (!this.#staysOpen) this.#netSocket.end();
    done?.();
  }
}

/** Gives each connection of a server that opens from now on a `ClientTransport`. */
export function useClientTransports(engine: EngineServer): void {
  // It is called with the name of the transport, and WebSocket is the only one.
  const createTransport = (_name: string, request: Request) => new ClientTransport(request);
  Object.assign(engine, { createTransport });
}
