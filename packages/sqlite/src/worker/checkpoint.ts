import type { DatabaseSync } from "node:sqlite";

/** Some 4 MiB, as by SQLite's default. */
const MAX_LOG_PAGES = 1000;

/**
 * Returns a function that copies the write-ahead log into the database when it is long. SQLite would do it within a
 * commit, which would wait much longer for the disk; this is for the time after the commit was answered.
 */
export function createCheckpoint(db: DatabaseSync): () => void {
  const look = db.prepare("PRAGMA wal_checkpoint(NOOP)");
  const copy = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");

  return () => {
    try {
      const { log, checkpointed } = look.get() as { log: number; checkpointed: number };
      if (log - checkpointed >= MAX_LOG_PAGES) copy.get();
    } catch {
      // The log keeps what was committed. A disk that is full will refuse the next commit too.
    }
  };
}
