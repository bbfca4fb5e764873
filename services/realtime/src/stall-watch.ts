import type { DrainMark } from "./connection.ts";
import type { OpenSession } from "./open-session.ts";

interface Observation extends DrainMark {
  readonly at: number;
}

/** Looks this often within the time that a socket may stand still. */
const LOOKS = 10;

/** Ends the sockets that have bytes waiting and have drained none of them for a while. @returns how to stop it */
export function watchForStalls(sessions: () => Iterable<OpenSession>, stallMs: number): () => void {
  const stalled = new WeakMap<OpenSession, Observation>();

  function look(session: OpenSession, now: number): void {
    const { connection } = session;
    if (connection.waitingBytes === 0) {
      stalled.delete(session);
      return;
    }
    const mark = connection.drainMark;
    const last = stalled.get(session);
    if (!last || last.handedOver !== mark.handedOver || last.inKernelQueue !== mark.inKernelQueue) {
      stalled.set(session, { ...mark, at: now });
    } else if (now - last.at >= stallMs) {
      session.end("slow_consumer");
    }
  }

  const timer = setInterval(() => {
    const now = performance.now();
    for (const session of sessions()) look(session, now);
  }, stallMs / LOOKS).unref();
  return () => clearInterval(timer);
}
