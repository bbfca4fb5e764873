import {
  actingDevice,
  DEFAULT_MAX_SOCKETS_PER_DEVICE,
  DumbwaiterError,
  deviceRoom,
  ERROR_CODES,
  type NetworkPrefix,
} from "@dumbwaiter/core";
import { asDumbwaiterError, CLIENT_GONE, logRefusal, originRefused } from "@dumbwaiter/service";
import type { ExtendedError, Socket } from "socket.io";
import type { RealtimeContext } from "../context.ts";
import { errorJson } from "../requests/error-json.ts";
import type { AdmittedSocket } from "../session/admitted-socket.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { EngineSocket } from "./engine-socket.ts";
import { type HandshakeAuth, takeAuth } from "./handshake-auth.ts";
import { Places } from "./places.ts";

/** What is known of a connection before its client has authenticated. */
interface Arrival {
  readonly connection: Pick<ClientConnection, "hangUp">;
  /** Whether the origin of the page that opened this connection is allowed; clients other than browsers have none. */
  readonly mayConnect: boolean;
  readonly network: NetworkPrefix;
}

type DeviceAuth = Extract<HandshakeAuth, { token: string }>;

/** The middleware that admits sockets; it leaves the {@link AdmittedSocket} in `socket.data`. */
export function createHandshake(context: RealtimeContext, arrivalOf: (engine: EngineSocket) => Arrival) {
  const places = new Places<string>();
  const { tokens, devices, limits, pushThrottle, anonymousSockets, settings, timings, logger, metrics } =
    context;
  const maxSockets = settings.maxSocketsPerDevice ?? DEFAULT_MAX_SOCKETS_PER_DEVICE;

  async function admit(socket: Socket): Promise<AdmittedSocket> {
    const auth = takeAuth(socket);
    const { mayConnect, network } = arrivalOf(socket.conn);
    if (!mayConnect) throw originRefused();
    return "token" in auth ? admitDevice(socket.conn, auth) : admitAnonymous(socket.conn, network);
  }

  async function admitDevice(connection: EngineSocket, { token, deviceId }: DeviceAuth) {
    const principal = await tokens.verify(token);
    await limits.admitCall(principal.user, "handshake");
    const address = { user: principal.user, device: actingDevice(principal, deviceId) };
    refuseClosed(connection);
    const room = deviceRoom(address);
    if (!places.take(room, maxSockets, connection)) {
      throw new DumbwaiterError("too_many_sockets", "This device has too many open sockets");
    }
    const { queue } = await devices.register(address);
    // It never rejects, and no handshake waits for it.
    void pushThrottle.lift(address);
    return { address, room, queue, expiresAt: principal.expiresAt };
  }

  /** The network's place comes first: what waits for the limits is bounded by it. */
  async function admitAnonymous(connection: EngineSocket, network: NetworkPrefix) {
    refuseClosed(connection);
    const giveBack = anonymousSockets.takePlaceOfNetwork(network, connection);
    try {
      await limits.admitAnonymous(network, "handshake");
      refuseClosed(connection);
      anonymousSockets.takePlace(connection);
    } catch (error) {
      giveBack();
      throw error;
    }
    return { network };
  }

  function refuse(socket: Socket, error: DumbwaiterError): ExtendedError {
    metrics.refused("handshake", error.code);
    logRefusal(logger, "handshake", error, {});
    arrivalOf(socket.conn).connection.hangUp();
    const refusal: ExtendedError = new Error(error.message);
    refusal.data = errorJson(error);
    return refusal;
  }

  /** A refusal stops stock clients for good. Where a retry may help, the transport is closed instead, after a while. */
  function answer(socket: Socket, error: DumbwaiterError, next: (refusal: ExtendedError) => void): void {
    const refusal = refuse(socket, error);
    const end = () => {
      if (error.retryable) socket.conn.close();
      next(refusal);
    };
    if (error.retryable) setTimeout(end, timings.lingerMs).unref();
    else end();
  }

  return (socket: Socket, next: (error?: ExtendedError) => void): void => {
    const startedAt = performance.now();
    const answered = (status: number) =>
      metrics.answered.handshake(isClosed(socket.conn) ? CLIENT_GONE : status, startedAt);
    admit(socket).then(
      (admitted) => {
        socket.data = admitted;
        metrics.opened.inc();
        answered(200);
        next();
      },
      (thrown) => {
        const error = asDumbwaiterError(thrown);
        answered(ERROR_CODES[error.code].status);
        answer(socket, error, next);
      },
    );
  };
}

/** @throws DumbwaiterError retryable, on a new connection */
function refuseClosed(connection: EngineSocket): void {
  if (!isClosed(connection)) return;
  throw new DumbwaiterError("unavailable", "Too many handshakes on this connection; reconnect");
}

function isClosed({ readyState }: EngineSocket): boolean {
  return readyState === "closed";
}
