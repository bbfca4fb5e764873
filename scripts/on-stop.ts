/** Calls once on Ctrl-C, on SIGTERM, and when the npm that started us is gone: its sudden end sends no signal. */
export function onStop(stop: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  if (process.env.npm_lifecycle_event) onceOrphaned(stop);
}

/** Its end shows only in that we get another parent. */
function onceOrphaned(then: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, 500).unref();
}
