import type { Server, Socket } from "socket.io";
import type { ClientConnection } from "../connection/client-connection.ts";
import type { ClientConnections } from "../connection/client-connections.ts";
import type { RealtimeContext } from "../context.ts";
import { createAnonymousHandlers } from "../requests/anonymous-handlers.ts";
import { createRequestHandlers } from "../requests/request-handlers.ts";
import { answerRequests } from "../requests/requests.ts";
import {
  type AdmittedAnonymous,
  type AdmittedDevice,
  type AdmittedSocket,
  isDevice,
} from "./admitted-socket.ts";
import { AnonymousSession } from "./anonymous-session.ts";
import { Session } from "./session.ts";

/** Opens a session for each socket that the handshake admits. */
export function openSessions(io: Server, context: RealtimeContext, connections: ClientConnections): void {
  const { settings, turns, anonymousTurns, paces, anonymousPaces } = context;
  const handlers = createRequestHandlers(context);
  const anonymousHandlers = createAnonymousHandlers(context);

  function openDevice(socket: Socket, connection: ClientConnection, admitted: AdmittedDevice): void {
    const session = new Session(context, socket, connection, admitted);
    connections.join(socket.conn, session);
    const source = paces.of(session.user);
    // A full window stops at half of this, so only answers that the client does not read can reach it.
    const maxBytes = 2 * settings.maxBufferedBytes;
    answerRequests(context, { session, socket, handlers, turns, source, maxBytes });
    session.start();
  }

  function openAnonymous(socket: Socket, connection: ClientConnection, admitted: AdmittedAnonymous): void {
    const session = new AnonymousSession(context, socket, connection, admitted);
    connections.joinAnonymously(socket.conn, session);
    answerRequests(context, {
      ...{ session, socket, handlers: anonymousHandlers, turns: anonymousTurns },
      source: anonymousPaces.of(session.network),
      // So that many of them stay below what they may hold together.
      maxBytes: settings.maxBufferedBytes / 4,
    });
    session.start();
  }

  io.on("connection", (socket) => {
    const { connection } = connections.of(socket.conn);
    const admitted = socket.data as AdmittedSocket;
    socket.data = undefined;
    // Nobody sends to single sockets, and the room of each would take memory for as long as it is open.
    socket.leave(socket.id);
    if (isDevice(admitted)) openDevice(socket, connection, admitted);
    else openAnonymous(socket, connection, admitted);
  });
}
