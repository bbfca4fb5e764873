import type { PulledMessage } from "@dumbwaiter/client";
// Bare: for the tests of the wire.
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { WireUser } from "./wire-user.ts";

/**
 * A user on the bare wire, call by call and event by event: for what the SDK hides, such as status codes, headers,
 * windows, duplicates, the order of events, and what hostile and stock clients do. `.bare-wire.cjs` lists who uses it.
 */
export class BareUser extends WireUser {
  override device(deviceId: string): BareUser {
    return new BareUser(this.name, this.endpoints, { ...this.options, deviceId });
  }

  /** Any call of the HTTP API, whatever its answer. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(this.endpoints.api + path, {
      method,
      headers: {
        Authorization: `Bearer ${await this.token()}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** A stock client for this user's device. It connects by itself: add listeners before you wait. */
  async socket(options: Partial<ManagerOptions & SocketOptions> = {}): Promise<Socket> {
    const { deviceId } = this.options;
    return io(this.endpoints.realtime, {
      transports: ["websocket"],
      forceNew: true,
      auth: { token: await this.token(), ...(deviceId === undefined ? {} : { deviceId }) },
      ...options,
    });
  }
}

/** The payload of a `message` event. */
export type WireMessage = PulledMessage;

/** Ends only what hangs: a busy machine may be slow. */
const PATIENCE_MS = 60_000;

/** The payload of the next such event. @throws at the timeout */
export function nextEvent<Payload = unknown>(socket: Socket, event: string): Promise<Payload> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    socket.once(event, (payload: Payload) => {
      clearTimeout(timer);
      resolve(payload);
    });
  });
}
