import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { Turns } from "@dumbwaiter/service";

/** An upgrade costs as much as several requests. */
const PER_TURN = 4;

/**
 * Lets Socket.IO, which is attached to the server, make upgrades in turn, a few in each turn of the event loop, so that
 * a crowd of newcomers holds up nobody. One of another path, which it would leave half open, is destroyed, and so is a
 * client that sends more before it has the answer.
 */
export function makeUpgradesInTurn(server: Server, path: string): void {
  const upgrade = server.listeners("upgrade").at(-1) as (...args: unknown[]) => void;
  const turns = new Turns<Duplex>(PER_TURN);
  const ignore = () => {};
  server.off("upgrade", upgrade);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (head.length > 0 || !request.url?.startsWith(path)) {
      socket.destroy();
      return;
    }
    socket.on("error", ignore);
    turns.add(socket, () => {
      socket.off("error", ignore);
      if (!socket.destroyed) upgrade.call(server, request, socket, head);
    });
  });
}
