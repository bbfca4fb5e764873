import {
  actingDevice,
  DEFAULT_MAX_SOCKETS_PER_DEVICE,
  DumbwaiterError,
  deviceRoom,
  duplicateKey,
  InvalidRequestError,
} from "@dumbwaiter/core";
import { asDumbwaiterError, logRefusal, originRefused } from "@dumbwaiter/service";
import type { ExtendedError, Socket } from "socket.io";
import type { RealtimeContext } from "../context.ts";
import { errorJson } from "../requests/error-json.ts";
import type { AdmittedSocket } from "../session/session.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { EngineSocket } from "./engine-socket.ts";
import { isAmbiguous } from "./strict-decoder.ts";

/** What is known of a connection before its client has authenticated. */
interface Arrival {
  readonly connection: Pick<ClientConnection, "hangUp">;
  /** Whether the origin of the page that opened this connection is allowed; clients other than browsers have none. */
  readonly mayConnect: boolean;
}

/** The middleware that admits sockets; it leaves the {@link AdmittedSocket} in `socket.data`. */
export function createHandshake(context: RealtimeContext, arrivalOf: (engine: EngineSocket) => Arrival) {
  const places = new Map<string, number>();
  const { tokens, devices, limits, pushThrottle, settings, timings, logger, metrics } = context;
  const maxSockets = settings.maxSocketsPerDevice ?? DEFAULT_MAX_SOCKETS_PER_DEVICE;

  async function admit(socket: Socket): Promise<AdmittedSocket> {
    const { token, deviceId } = takeAuth(socket);
    if (!arrivalOf(socket.conn).mayConnect) throw originRefused();
    const principal = await tokens.verify(token);
    await limits.admitCall(principal.user, "handshake");
    const address = { user: principal.user, device: actingDevice(principal, deviceId) };
    takePlace(deviceRoom(address), socket.conn);
    const { queue } = await devices.register(address);
    // It never rejects, and no handshake waits for it.
    void pushThrottle.lift(address);
    return { address, queue, expiresAt: principal.expiresAt };
  }

  function takePlace(room: string, connection: EngineSocket): void {
    if (connection.readyState === "closed") throw connectionSpent();
    const taken = places.get(room) ?? 0;
    if (taken >= maxSockets) {
      throw new DumbwaiterError("too_many_sockets", "This device has too many open sockets");
    }
    places.set(room, taken + 1);
    connection.once("close", () => {
      const left = (places.get(room) ?? 1) - 1;
      if (left > 0) places.set(room, left);
      else places.delete(room);
    });
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
    admit(socket).then(
      (admitted) => {
        socket.data = admitted;
        next();
      },
      (error) => answer(socket, asDumbwaiterError(error), next),
    );
  };
}

/** Retryable, on a new connection. */
function connectionSpent(): DumbwaiterError {
  return new DumbwaiterError("unavailable", "Too many handshakes on this connection; reconnect");
}

/** Forgets the rest of it. @throws DumbwaiterError `unauthenticated` @throws InvalidRequestError */
function takeAuth({ handshake }: Socket): { token: string; deviceId?: string } {
  const { auth } = handshake;
  handshake.auth = {}; // Socket.IO would keep it as long as the socket.
  if (isAmbiguous(auth)) throw duplicateKey();
  const { token, deviceId } = auth;
  if (typeof token !== "string" || token === "") {
    throw new DumbwaiterError("unauthenticated", "auth.token is required");
  }
  if (deviceId === undefined || deviceId === null) return { token };
  if (typeof deviceId === "string") return { token, deviceId };
  throw new InvalidRequestError("invalid_request", "deviceId: must be a string", "deviceId");
}
