import type { IncomingMessage } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Server } from "socket.io";
import { ClientConnection, type EngineSocket } from "./client-connection.ts";

/** What is known of a connection before its client has authenticated. */
interface OpenConnection {
  readonly connection: ClientConnection;
  /** Whether the origin of the page that opened it is allowed. */
  readonly mayConnect: boolean;
}

interface ClientConnections {
  of(engine: EngineSocket): OpenConnection;
  count(): number;
  /** Drops all of them. */
  destroy(): void;
}

type EngineRequest = IncomingMessage & { engineResponse?: { req?: unknown } };

/** Tracks each connection of a server as it opens, and releases the request that opened it. */
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
    // The request, over 3 KB of heap with its headers, would live as long as the socket: Engine.IO references it
    // twice, here and through the response, which it keeps until the socket ends.
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
