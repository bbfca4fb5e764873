import type { Clock } from "@dumbwaiter/core";
import type { SqliteDatabase } from "./sqlite-database.ts";

export interface SqliteExpirySettings {
  readonly clock: Clock;
  readonly messageTtlMs: number;
  /** Milliseconds from one clearing to the next. */
  readonly intervalMs: number;
}

/**
 * Deletes what has expired, at once and then at intervals, a few rows an operation, so that nobody waits for it.
 *
 * @returns the function that stops it
 */
export function startSqliteExpiry(
  database: SqliteDatabase,
  { clock, messageTtlMs, intervalMs }: SqliteExpirySettings,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function clear(): Promise<void> {
    const before = clock.now() - messageTtlMs;
    try {
      while (!stopped && (await database.call("clearExpiredMessages", before)));
      await database.call("clearExpiredDeadLetters", before);
    } catch {
      // It stays hidden from every reader; the next turn tries again.
    }
    if (!stopped) timer = setTimeout(clear, intervalMs).unref();
  }
  void clear();

  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
