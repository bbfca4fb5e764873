import { StallDetector } from "@dumbwaiter/service";
import type { OpenSession } from "../session/open-session.ts";

const CHECKS = 30;

/** Ends sockets that have bytes waiting and write none of them for `stallMs`. @returns a function that stops it */
export function watchForStalls(sessions: () => Iterable<OpenSession>, stallMs: number): () => void {
  const stalls = new StallDetector<OpenSession>(CHECKS);
  const timer = setInterval(() => {
    for (const session of sessions()) {
      if (stalls.isStalled(session, session.connection.writeProgress)) session.end("slow_consumer");
    }
  }, stallMs / CHECKS).unref();
  return () => clearInterval(timer);
}
