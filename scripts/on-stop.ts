import { constants } from "node:os";
import { onStopSignal } from "@dumbwaiter/service";

/**
 * Calls `stop` once: on Ctrl-C, on SIGTERM, or when the npm that started us is gone, because its sudden end sends no
 * signal. Another Ctrl-C ends the process immediately.
 */
export function onStop(stop: () => Promise<void>): void {
  let stopping = false;
  const stopOnce = () => {
    if (stopping) return;
    stopping = true;
    void stop();
  };
  onStopSignal(process, stopOnce, (signal) => process.exit(128 + constants.signals[signal]));
  if (process.env.npm_lifecycle_event) onceOrphaned(stopOnce);
}

/** The end of a parent only shows in a new parent. */
function onceOrphaned(then: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, 500).unref();
}
