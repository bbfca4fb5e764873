import type { OpenSession } from "../session/open-session.ts";
import type { DrainMark } from "./connection.ts";

interface Observation {
  readonly mark: DrainMark;
  readonly looks: number;
}

/**
 * Looks this often within the time that a socket may stand still. The looks are counted, not the time, so that a
 * process that was itself held up ends nobody for it.
 */
const LOOKS = 10;

/** Ends the sockets that have bytes waiting and have drained none of them for a while. @returns how to stop it */
export function watchForStalls(sessions: () => Iterable<OpenSession>, stallMs: number): () => void {
  const standing = new WeakMap<OpenSession, Observation>();

  function look(session: OpenSession): void {
    const { waitingBytes, drainMark: mark } = session.connection;
    const last = standing.get(session);
    if (waitingBytes === 0) standing.delete(session);
    else if (!last || !isSame(last.mark, mark)) standing.set(session, { mark, looks: 0 });
    else if (last.looks + 1 < LOOKS) standing.set(session, { mark, looks: last.looks + 1 });
    else session.end("slow_consumer");
  }

  const timer = setInterval(() => {
    for (const session of sessions()) look(session);
  }, stallMs / LOOKS).unref();
  return () => clearInterval(timer);
}

function isSame(a: DrainMark, b: DrainMark): boolean {
  return a.handedOver === b.handedOver && a.inKernelQueue === b.inKernelQueue;
}
