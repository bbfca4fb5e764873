import { RawConnection } from "./raw-connection.ts";
import { httpRequest } from "./raw-http.ts";
import { frame, SOCKET_IO_PATH } from "./raw-web-socket.ts";

/** The request that turns a connection into a WebSocket of Socket.IO. */
export function upgradeRequest(url: string, headers: Readonly<Record<string, string>> = {}): string {
  return httpRequest(url, "GET", SOCKET_IO_PATH, {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    ...headers,
  });
}

/** A WebSocket that has not joined and reads nothing more. */
export async function openWebSocket(url: string): Promise<RawConnection> {
  const connection = await RawConnection.open(url);
  void connection.write(upgradeRequest(url));
  await connection.readUntil(/"sid"/);
  return connection;
}

const JOINED_OR_REFUSED = /4[04]\{/;

/** A WebSocket that has joined Socket.IO's main namespace with this `auth`, and reads nothing more. */
export async function joinWebSocket(
  url: string,
  auth: string | Readonly<Record<string, unknown>>,
): Promise<RawConnection> {
  const connection = await openWebSocket(url);
  void connection.write(frame(`40${typeof auth === "string" ? auth : JSON.stringify(auth)}`));
  await connection.readUntil(JOINED_OR_REFUSED);
  return connection;
}

const PONG_MS = 5_000;

/** Answers the server's heartbeats blindly, so that the connection looks alive though it reads nothing. */
export function keepAlive(connection: RawConnection, signal: AbortSignal): void {
  const timer = setInterval(() => void connection.write(frame("3")), PONG_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
