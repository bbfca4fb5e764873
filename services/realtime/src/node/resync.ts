import type { OpenSession } from "../session/open-session.ts";

const TICK_MS = 100;

/** Sessions that a small node reads again in one tick; a large one takes as many as it must to be in time. */
const PER_TICK = 10;

export interface Resync {
  /** Deliveries may have been missed: every session reads its queue again. */
  begin(): void;
  stop(): void;
}

/** Has all sessions of a node read their queues again, paced so that it takes at most `spreadMs`. */
export function createResync(sessions: () => Iterable<OpenSession>, spreadMs: number): Resync {
  const waiting = new Set<OpenSession>();
  let perTick = PER_TICK;
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    let left = perTick;
    for (const session of waiting) {
      waiting.delete(session);
      session.resync();
      left -= 1;
      if (left === 0) return;
    }
    stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    begin() {
      for (const session of sessions()) waiting.add(session);
      perTick = Math.max(PER_TICK, Math.ceil(waiting.size / Math.max(1, spreadMs / TICK_MS)));
      timer ??= setInterval(tick, Math.min(TICK_MS, spreadMs)).unref();
    },
    stop,
  };
}
