/** A terminal's Ctrl-C comes twice under npm: from the terminal itself, and passed on by npm. */
const SAME_SIGNAL_MS = 500;

/** Calls `stop` for the first SIGTERM or SIGINT, and `onRepeatedSignal` for each later one that is not its echo. */
export function onStopSignal(
  process: NodeJS.Process,
  stop: (signal: NodeJS.Signals) => void,
  onRepeatedSignal: (signal: NodeJS.Signals) => void,
): void {
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      stop(signal);
    } else if (now - firstAt >= SAME_SIGNAL_MS) onRepeatedSignal(signal);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}
