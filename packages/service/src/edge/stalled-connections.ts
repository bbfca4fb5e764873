import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

/** Checks are counted rather than time measured, so that a process that was itself blocked cuts nobody off. */
const CHECKS = 10;

interface Observation {
  readonly progress: string;
  readonly checks: number;
}

/**
 * Finds connections to which bytes wait to be written and none were for `stallMs`. Idle connections and slow handlers
 * have nothing waiting. A connection that was upgraded is its new owner's to watch.
 */
export function watchForStalledConnections(
  server: Server,
  stallMs: number,
  onStalled: (socket: Socket) => void,
): void {
  const open = new Map<Socket, Observation | undefined>();
  let timer: NodeJS.Timeout;

  function check(socket: Socket, last: Observation | undefined): void {
    const progress = socket.writableLength === 0 ? undefined : progressOf(socket);
    if (progress === undefined) open.set(socket, undefined);
    else if (progress !== last?.progress) open.set(socket, { progress, checks: 0 });
    else if (last.checks + 1 < CHECKS) open.set(socket, { progress, checks: last.checks + 1 });
    else onStalled(socket);
  }

  server.on("connection", (socket: Socket) => {
    open.set(socket, undefined);
    socket.once("close", () => open.delete(socket));
  });
  server.on("upgrade", ({ socket }: IncomingMessage) => open.delete(socket));
  server.on("listening", () => {
    timer = setInterval(() => {
      for (const [socket, last] of open) check(socket, last);
    }, stallMs / CHECKS).unref();
  });
  server.on("close", () => clearInterval(timer));
}

/** Node counts a write as waiting until all of it is out; only the handle says how much of it is left. */
function progressOf(socket: Socket): string {
  const handle = (socket as { _handle?: { writeQueueSize?: number } | null })._handle;
  return `${socket.bytesWritten - socket.writableLength}/${handle?.writeQueueSize ?? 0}`;
}
