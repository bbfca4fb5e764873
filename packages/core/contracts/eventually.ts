/**
 * Resolves once `check` does not throw; rejects with its last error after `timeoutMs`. For conditions of another
 * process or task, instead of a sleep. The timeout only ends what hangs, so that it holds on a busy machine too.
 */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 90_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
