import type { BigIntStats } from "node:fs";
import { constants, copyFile, mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DATABASE_FILE } from "./worker/open-database.ts";

/** The write-ahead log begins with its salts, which change when it is written from the beginning again. */
const LOG_HEADER_BYTES = 32;

const MAX_ATTEMPTS = 40;
const PAUSE_MS = 50;
/** A file's time has the precision of the kernel's tick: what is written soon after may have the same. */
const TICK_MS = 20;

/**
 * Copies the database of a data directory, as it was at one moment, into a directory of its own. The process that the
 * data belongs to may go on writing. It holds the database alone, so SQLite itself cannot read it from here.
 *
 * The log only grows until all of it has been written to the database. So a copy of the database, then of the log, is
 * whole if meanwhile nothing was written to the database and the log was not begun again.
 *
 * @param signal ends the work, and leaves no copy
 * @returns the new directory, which the caller removes
 * @throws Error with a message for people, when there is no database or it changes too fast; the signal's reason
 */
export async function copyDatabase(dataDir: string, signal?: AbortSignal): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "dumbwaiter-copy-"));
  try {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const isWhole = await copyOnce(join(dataDir, DATABASE_FILE), join(directory, DATABASE_FILE));
      signal?.throwIfAborted();
      if (isWhole) return directory;
      await sleep(PAUSE_MS);
    }
    throw new Error(`The database in ${dataDir} is written to so fast that it cannot be copied: try again`);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    signal?.throwIfAborted();
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw isMissing ? new Error(`There is no database in the directory ${dataDir}`) : error;
  }
}

/** @returns whether the copy is whole */
async function copyOnce(from: string, to: string): Promise<boolean> {
  const before = await stat(from, { bigint: true });
  if (Date.now() - Number(before.mtimeMs) < TICK_MS) return false;
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await copyIfThere(`${from}-wal`, `${to}-wal`);
  const logs = await Promise.all([headerOf(`${from}-wal`), headerOf(`${to}-wal`)]);
  return isSame(before, await stat(from, { bigint: true })) && logs[0] === logs[1];
}

async function copyIfThere(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await unlessMissing(copyFile(from, to, constants.COPYFILE_FICLONE));
}

async function headerOf(log: string): Promise<string | undefined> {
  const file = await unlessMissing(open(log));
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LOG_HEADER_BYTES), 0, LOG_HEADER_BYTES, 0);
    return buffer.toString("hex", 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function unlessMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;
}
