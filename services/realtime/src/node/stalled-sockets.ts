import type { WriteProgress } from "../connection/client-connection.ts";
import type { OpenSession } from "../session/open-session.ts";

interface Observation {
  readonly progress: WriteProgress;
  readonly checks: number;
}

/**
 * Checks within the time that a socket may stall. Checks are counted rather than time measured, so that a process
 * that was itself blocked ends no socket for it.
 */
const CHECKS = 30;

/** Ends sockets that have bytes waiting and write none of them for `stallMs`. @returns a function that stops it */
export function watchForStalls(sessions: () => Iterable<OpenSession>, stallMs: number): () => void {
  const stalled = new WeakMap<OpenSession, Observation>();

  function check(session: OpenSession): void {
    const { waitingBytes, writeProgress: progress } = session.connection;
    const last = stalled.get(session);
    if (waitingBytes === 0) stalled.delete(session);
    else if (!last || !isSame(last.progress, progress)) stalled.set(session, { progress, checks: 0 });
    else if (last.checks + 1 < CHECKS) stalled.set(session, { progress, checks: last.checks + 1 });
    else session.end("slow_consumer");
  }

  const timer = setInterval(() => {
    for (const session of sessions()) check(session);
  }, stallMs / CHECKS).unref();
  return () => clearInterval(timer);
}

function isSame(a: WriteProgress, b: WriteProgress): boolean {
  return a.handedOver === b.handedOver && a.inKernelQueue === b.inKernelQueue;
}
