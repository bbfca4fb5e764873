import type { OpenSession } from "../session/open-session.ts";

/** Ends all sessions, spread evenly over `drainMs`; resolves when the last has ended. */
export async function drainSessions(sessions: Iterable<OpenSession>, drainMs: number): Promise<void> {
  const leaving = [...sessions];
  const startedAt = performance.now();
  for (const [index, session] of leaving.entries()) {
    const due = startedAt + (drainMs * index) / leaving.length;
    const pause = due - performance.now();
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    session.end("drain");
  }
}
