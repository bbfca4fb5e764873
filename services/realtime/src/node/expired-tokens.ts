import type { Clock } from "@dumbwaiter/core";
import type { OpenSession } from "../session/open-session.ts";

interface ExpiryOptions {
  readonly sessions: () => Iterable<OpenSession>;
  readonly clock: Clock;
  /** From a token's expiry to the end of its socket. */
  readonly graceMs: number;
}

/** Checks within the grace period. */
const CHECKS = 30;

/**
 * Ends sockets whose token has expired for so long. One timer looks at all of them: one for each would take memory as
 * long as the socket is idle.
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
