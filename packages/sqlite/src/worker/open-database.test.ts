import { rm } from "node:fs/promises";
import { expect, it } from "@jest/globals";
import { temporaryDirectory } from "../../testing/temporary-store.ts";
import { openDatabase } from "./open-database.ts";

it("opens the database for one process, with a log, and waits for the disk from the first transaction on", async () => {
  const dataDir = await temporaryDirectory();
  const db = openDatabase(dataDir);
  try {
    const pragma = (name: string) => db.prepare(`PRAGMA ${name}`).get();
    expect(pragma("synchronous")).toEqual({ synchronous: 2 }); // FULL
    expect(pragma("journal_mode")).toEqual({ journal_mode: "wal" });
    expect(pragma("locking_mode")).toEqual({ locking_mode: "exclusive" });
  } finally {
    db.close();
    await rm(dataDir, { recursive: true });
  }
});
