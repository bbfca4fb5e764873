import type { Clock } from "@dumbwaiter/core";
import type { SqliteDatabase } from "./sqlite-database.ts";

interface SqliteExpirySettings {
  readonly clock: Clock;
  readonly messageTtlMs: number;
  /** Milliseconds between two runs. */
  readonly intervalMs: number;
  /** Called with the number of messages that were deleted, counted per queue. */
  readonly onExpired: (messages: number) => void;
}

/**
 * Deletes what has expired, at once and then at intervals, a few rows per operation, so that no other call waits long.
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
      // Expired messages are hidden from readers anyway; the next run tries again.
    }
    if (!stopped) timer = setTimeout(clear, intervalMs).unref();
  }
  void clear();

  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
