import type { Clock } from "@dumbwaiter/core";
import type { OpenSession } from "../session/open-session.ts";

interface ExpiryOptions {
  readonly sessions: () => Iterable<OpenSession>;
  readonly clock: Clock;
  /** From a token's expiry to the end of its socket, at least; up to a thirtieth longer. */
  readonly graceMs: number;
}

/** Checks within the grace period. */
const CHECKS = 30;

/**
 * Ends each socket whose token expired at least `graceMs` ago. One timer checks all sockets, because a timer for each
 * would use memory while the socket is idle.
 *
 * @returns a function that stops it
 */
export function endExpiredSockets({ sessions, clock, graceMs }: ExpiryOptions): () => void {
  const timer = setInterval(() => {
    const expired = clock.now() - graceMs;
    for (const session of sessions()) if (session.tokenExpiresAt <= expired) session.end("token_expired");
  }, graceMs / CHECKS).unref();
  return () => clearInterval(timer);
}
