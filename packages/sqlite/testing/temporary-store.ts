import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { storeSettings, testClock } from "@dumbwaiter/core/contracts";
import { openSqliteStore, type SqliteStore, type SqliteStoreSettings } from "../src/sqlite-store.ts";

/** On a disk that many tests share, a commit may take longer than a user should wait for it. */
export const PATIENT = { callTimeoutMs: 60_000 };

/** A store in its own directory, which is deleted when the store is closed. */
export async function openTemporaryStore(settings: Partial<SqliteStoreSettings> = {}): Promise<SqliteStore> {
  const dataDir = await temporaryDirectory();
  const store = await openSqliteStore({ ...storeSettings(testClock()), ...PATIENT, dataDir, ...settings });
  return {
    ...store,
    async close() {
      await store.close();
      await fs.rm(dataDir, { recursive: true });
    },
  };
}

export function temporaryDirectory(): Promise<string> {
  return fs.mkdtemp(path.join(os.tmpdir(), "dumbwaiter-sqlite-"));
}
