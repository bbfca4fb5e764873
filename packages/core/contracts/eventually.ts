/**
 * Resolves once `check` passes, without a throw; rejects with its last error when it has not for `timeoutMs`. For
 * conditions of another process or another task, in place of a sleep.
 */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 10_000): Promise<T> {
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
