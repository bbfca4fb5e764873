import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { migrate } from "./schema.ts";

export const DATABASE_FILE = "dumbwaiter.sqlite";

const SQLITE_BUSY = 5;

/** A killed process may hold its lock for a moment longer. */
const LOCK_TIMEOUT_MS = 2000;

/**
 * Opens the database of a data directory, for this process alone.
 *
 * @throws Error that says what is wrong with the directory, for people
 */
export function openDatabase(dataDir: string): DatabaseSync {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const db = new DatabaseSync(path.join(dataDir, DATABASE_FILE), { timeout: LOCK_TIMEOUT_MS });
    // Exclusive before the first access: the lock is then held until the end, and the WAL needs no shared memory.
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    db.exec("PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16000");
    db.exec("PRAGMA wal_autocheckpoint = 0"); // see createCheckpoint
    db.exec("BEGIN IMMEDIATE; COMMIT");
    migrate(db);
    return db;
  } catch (cause) {
    const busy = cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY;
    const reason = busy ? "is in use by another process" : `cannot be used: ${(cause as Error).message}`;
    throw new Error(`The data directory ${dataDir} ${reason}`, { cause });
  }
}
