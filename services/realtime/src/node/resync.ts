import type { OpenSession } from "../session/open-session.ts";

const TICK_MS = 100;

/** Sessions that a small node resyncs in one tick; a large one takes as many as it needs to finish in time. */
const PER_TICK = 10;

interface Resync {
  /** Deliveries may have been missed: makes every session read its queue again. */
  begin(): void;
  stop(): void;
}

/** Makes all sessions of a node read their queues again, spread over at most `spreadMs`. */
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
