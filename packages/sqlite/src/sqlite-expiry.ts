import type { Clock } from "@dumbwaiter/core";
import type { SqliteDatabase } from "./sqlite-database.ts";

interface SqliteExpirySettings {
  readonly clock: Clock;
  readonly messageTtlMs: number;
  /** Milliseconds from one clearing to the next. */
  readonly intervalMs: number;
  /** Told how many messages were deleted, one count a queue. */
  readonly onExpired: (messages: number) => void;
}

/**
 * Deletes what has expired, at once and then at intervals, a few rows an operation, so that nobody waits for it.
 *
 * @returns the function that stops it
 */
export function startSqliteExpiry(
  database: SqliteDatabase,
  { clock, messageTtlMs, intervalMs, onExpired }: SqliteExpirySettings,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function clear(): Promise<void> {
    const before = clock.now() - messageTtlMs;
    try {
      for (let cleared = 1; !stopped && cleared > 0; onExpired(cleared)) {
        cleared = await database.call("clearExpiredMessages", before);
      }
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
