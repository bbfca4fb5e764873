import { setTimeout as sleep } from "node:timers/promises";

/** What `work` resolves to. @throws with the name, if that takes longer */
export async function within<T>(name: string, ms: number, work: () => Promise<T>): Promise<T> {
  const working = work();
  const ended = new AbortController();
  const late = sleep(ms, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`${name}: not done after ${ms / 1_000} s`);
  });
  try {
    return await Promise.race([working, late]);
  } finally {
    ended.abort();
  }
}
