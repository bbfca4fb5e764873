import type { Socket } from "node:net";

const LINGER_MS = 5_000;

/**
 * Reads nothing more from a connection that did what none may, and destroys it only after a while: destroyed at once,
 * it would be opened again at once.
 */
export function linger(socket: Socket): void {
  socket.pause();
  socket.on("resume", () => socket.pause()); // a consumer of the body asks for more
  socket.on("error", () => {}); // nobody else may listen any more
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once("close", () => clearTimeout(timer));
}
