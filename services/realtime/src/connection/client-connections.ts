import type { IncomingMessage } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Server } from "socket.io";
import { ClientConnection, type EngineSocket } from "./client-connection.ts";

/** What is known of a client's connection before it has said who it is. */
export interface OpenConnection {
  readonly connection: ClientConnection;
  /** Whether the page that opened it may connect. */
  readonly mayConnect: boolean;
}

export interface ClientConnections {
  of(engine: EngineSocket): OpenConnection;
  count(): number;
  /** Drops them all. */
  destroy(): void;
}

type EngineRequest = IncomingMessage & { engineResponse?: { req?: unknown } };

/** Notes each connection of a server as it opens, and lets go of the request that opened it. */
export function trackClientConnections(
  io: Server,
  mayConnect: (request: IncomingMessage) => boolean,
): ClientConnections {
  const open = new WeakMap<EngineSocket, OpenConnection>();
  const netSockets = new Set<NetSocket>();

  io.engine.use((request: EngineRequest, response: { req?: unknown }, next: () => void) => {
    request.engineResponse = response;
    next();
  });
  io.engine.on("connection", (engine: EngineSocket) => {
    const request = engine.request as EngineRequest;
    const { socket, engineResponse } = request;
    netSockets.add(socket);
    socket.once("close", () => netSockets.delete(socket));
    open.set(engine, { connection: new ClientConnection(engine), mayConnect: mayConnect(request) });
    // Headers and all, 3 KB of heap and more, would stay for as long as the socket: Engine.IO holds the request
    // twice, here and through the response, which waits for the socket's end.
    (engine as { request: unknown }).request = null;
    if (engineResponse) engineResponse.req = null;
  });

  return {
    of: (engine) => open.get(engine) as OpenConnection,
    count: () => netSockets.size,
    destroy() {
      for (const socket of netSockets) socket.destroy();
    },
  };
}
