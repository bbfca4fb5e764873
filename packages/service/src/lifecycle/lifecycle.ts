import type { Logger } from "../telemetry/logger.ts";
import type { Health } from "./health.ts";

/**
 * The phases of a stop after readiness has failed, in order: accept no new work (realtime drains here), finish or give
 * back work in flight, close clients and servers, flush traces and logs.
 */
const SHUTDOWN_PHASES = ["intake", "inFlight", "clients", "flush"] as const;

type ShutdownPhase = (typeof SHUTDOWN_PHASES)[number];

/** Shares of the grace that remains after the readiness delay; a twentieth is kept for the exit itself. */
const SHARES: Readonly<Record<ShutdownPhase, number>> = {
  intake: 0.25,
  inFlight: 0.45,
  clients: 0.15,
  flush: 0.1,
};

/** A part of a stop. `deadline` aborts when the phase's time is over: work that is not done by then is abandoned. */
type StopTask = (deadline: AbortSignal) => Promise<unknown> | unknown;

export interface LifecycleOptions {
  readonly health: Health;
  readonly logger: Logger;
  /** Longest time of a whole stop, not counting the drain. */
  readonly graceMs: number;
  /** How long the service keeps accepting work after readiness fails; part of the grace. */
  readonly readinessDelayMs?: number;
  /** Added to the phase `intake`, in which realtime sends its clients elsewhere one after the other. */
  readonly drainMs?: number;
}

export interface Lifecycle {
  /** Registers a task of a phase. The tasks of one phase run concurrently. */
  onStop(phase: ShutdownPhase, name: string, task: StopTask): void;
  /**
   * Stops the service; a second call joins the first. Never rejects: a task that fails or times out is logged.
   *
   * @returns whether all tasks succeeded in time
   */
  stop(reason: string): Promise<boolean>;
}

interface Registration {
  readonly phase: ShutdownPhase;
  readonly name: string;
  readonly task: StopTask;
}

/** See {@link Lifecycle}. The deadlines of all phases together stay under `graceMs` + `drainMs`. */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { health, logger, graceMs, readinessDelayMs = 0, drainMs = 0 } = options;
  const tasks: Registration[] = [];
  let stopped: Promise<boolean> | undefined;

  async function runTask({ phase, name, task }: Registration, deadline: AbortSignal, late: Promise<never>) {
    try {
      await Promise.race([task(deadline), late]);
      return true;
    } catch (error) {
      if (error === deadline.reason) logger.error({ phase, task: name }, "stop task timed out");
      else logger.error({ phase, task: name, err: error }, "stop task failed");
      return false;
    }
  }

  async function runPhase(phase: ShutdownPhase): Promise<boolean> {
    const deadlineMs = (graceMs - readinessDelayMs) * SHARES[phase] + (phase === "intake" ? drainMs : 0);
    const deadline = new AbortController();
    const late = new Promise<never>((_, reject) => {
      deadline.signal.addEventListener("abort", () => reject(deadline.signal.reason));
    });
    const timer = setTimeout(() => deadline.abort(new Error("deadline")), deadlineMs);
    const due = tasks.filter((task) => task.phase === phase);
    const results = await Promise.all(due.map((task) => runTask(task, deadline.signal, late)));
    clearTimeout(timer);
    return results.every(Boolean);
  }

  async function stop(reason: string): Promise<boolean> {
    const startedAt = performance.now();
    logger.info({ reason }, "stopping");
    health.stopping = true;
    // Load balancers that poll readiness keep sending until their next poll.
    if (readinessDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, readinessDelayMs));
    let clean = true;
    for (const phase of SHUTDOWN_PHASES) {
      if (phase === "flush") logger.info({ clean, ms: Math.round(performance.now() - startedAt) }, "stopped");
      clean = (await runPhase(phase)) && clean;
    }
    return clean;
  }

  return {
    onStop: (phase, name, task) => void tasks.push({ phase, name, task }),
    stop: (reason) => (stopped ??= stop(reason)),
  };
}
