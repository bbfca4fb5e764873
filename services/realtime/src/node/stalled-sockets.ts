import { StallDetector } from "@dumbwaiter/service";
import type { OpenSocket } from "../session/open-socket.ts";

const CHECKS = 30;

/** Ends sockets that have bytes waiting and write none of them for `stallMs`. @returns a function that stops it */
export function watchForStalls(sockets: () => Iterable<OpenSocket>, stallMs: number): () => void {
  const stalls = new StallDetector<OpenSocket>(CHECKS);
  const timer = setInterval(() => {
    for (const socket of sockets()) {
      if (stalls.isStalled(socket, socket.connection.writeProgress)) socket.end("slow_consumer");
    }
  }, stallMs / CHECKS).unref();
  return () => clearInterval(timer);
}
