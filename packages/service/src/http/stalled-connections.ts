import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import { StallDetector, writeProgress } from "../edge/stall-detector.ts";

const CHECKS = 10;

/**
 * Finds connections to which bytes wait to be written and none were for `stallMs`. Idle connections and slow handlers
 * have nothing waiting. A connection that was upgraded is its new owner's to watch.
 */
export function watchForStalledConnections(
  server: Server,
  stallMs: number,
  onStalled: (socket: Socket) => void,
): void {
  const open = new Set<Socket>();
  const stalls = new StallDetector<Socket>(CHECKS);
  let timer: NodeJS.Timeout;

  function progressOf(socket: Socket) {
    const { bytesWritten, writableLength } = socket;
    return writableLength === 0 ? undefined : writeProgress(socket, bytesWritten - writableLength);
  }

  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.on("upgrade", ({ socket }: IncomingMessage) => open.delete(socket));
  server.on("listening", () => {
    timer = setInterval(() => {
      for (const socket of open) if (stalls.isStalled(socket, progressOf(socket))) onStalled(socket);
    }, stallMs / CHECKS).unref();
  });
  server.on("close", () => clearInterval(timer));
}
