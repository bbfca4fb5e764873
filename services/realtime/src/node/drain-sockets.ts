import type { OpenSocket } from "../session/open-socket.ts";

/** Ends all sockets, spread evenly over `drainMs`; resolves when the last has ended. */
export async function drainSockets(sockets: Iterable<OpenSocket>, drainMs: number): Promise<void> {
  const leaving = [...sockets];
  const startedAt = performance.now();
  for (const [index, socket] of leaving.entries()) {
    const due = startedAt + (drainMs * index) / leaving.length;
    const pause = due - performance.now();
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    socket.end("drain");
  }
}
