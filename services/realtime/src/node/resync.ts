import type { MayHaveMissed } from "@dumbwaiter/core";
import type { OpenSession } from "../session/open-session.ts";

const TICK_MS = 100;

/** Sessions that a small node resyncs in one tick. */
const PER_TICK = 10;

interface Resync {
  /** Makes the sessions of devices that may have missed deliveries read their queues again. */
  begin(mayHaveMissed: MayHaveMissed): void;
  stop(): void;
}

/**
 * How many sessions resync in each tick: the time that this takes grows with their number, up to `spreadMs`; from then
 * on, more of them share each tick.
 */
export function resyncPace(sessions: number, spreadMs: number): { tickMs: number; perTick: number } {
  const ticks = Math.max(1, spreadMs / TICK_MS);
  return { tickMs: Math.min(TICK_MS, spreadMs), perTick: Math.max(PER_TICK, Math.ceil(sessions / ticks)) };
}

/**
 * Makes sessions of a node read their queues again. A session that waits for its turn waits once, however many resyncs
 * begin.
 */
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
    begin(mayHaveMissed) {
      for (const session of sessions()) if (mayHaveMissed(session.address)) waiting.add(session);
      if (waiting.size === 0) return;
      const pace = resyncPace(waiting.size, spreadMs);
      perTick = pace.perTick;
      timer ??= setInterval(tick, pace.tickMs).unref();
    },
    stop,
  };
}
