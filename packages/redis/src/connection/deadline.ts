/** Rejects when `work` takes longer; the work itself goes on. `p-timeout` would need a wrapper as long, for the message. */
export async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(new Error(`Redis did not respond within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
