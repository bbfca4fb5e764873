// Bare: the same stock clients for the service and for the bare Socket.IO server.
import { io, type Socket } from "socket.io-client";
import { inFlight } from "./in-flight.ts";

const AT_ONCE = 64;
const PATIENCE_MS = 60_000;

export interface IdleSockets {
  /** Opens more of them. */
  open(count: number): Promise<void>;
  close(): void;
}

/**
 * Sockets that receive nothing.
 *
 * @param readyEvent with which the server says that a socket is ready
 * @param token for the next socket
 */
export function idleSockets(
  url: string,
  readyEvent: "connect" | "queue:empty",
  token: () => Promise<string>,
): IdleSockets {
  const sockets: Socket[] = [];
  return {
    open: (count) =>
      inFlight(AT_ONCE, count, async () => {
        const auth = { token: await token() };
        const socket = io(url, { transports: ["websocket"], forceNew: true, auth });
        sockets.push(socket);
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error(`no ${readyEvent}`)), PATIENCE_MS);
          socket.once(readyEvent, () => {
            clearTimeout(timer);
            resolve();
          });
        });
      }),
    close: () => {
      for (const socket of sockets.splice(0)) socket.disconnect();
    },
  };
}
