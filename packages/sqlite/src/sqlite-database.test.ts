import fs from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { eventually, freshId, freshQueue } from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { temporaryDirectory } from "../testing/temporary-store.ts";
import { openSqliteDatabase, type SqliteDatabase } from "./sqlite-database.ts";

const KIB = 1024;

describe("the SQLite database", () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await temporaryDirectory();
  });
  afterEach(() => fs.rm(dataDir, { recursive: true }));

  const publish = (database: SqliteDatabase) =>
    database.call("publishIngress", new Uint8Array(1400), '{"v":"1"}', 1);

  it("lets concurrent writers share a commit", async () => {
    const database = await openSqliteDatabase({ dataDir });
    const alone = await commitsOf(database, async () => {
      for (let turn = 0; turn < 20; turn += 1) await publish(database);
    });
    expect(alone).toBe(20);
    const together = await commitsOf(database, async () => {
      const publisher = async () => {
        for (let turn = 0; turn < 20; turn += 1) await publish(database);
      };
      await Promise.all(Array.from({ length: 64 }, publisher));
    });
    expect(together).toBeLessThan((64 * 20) / 16);
    await database.close();
  });

  async function commitsOf(database: SqliteDatabase, work: () => Promise<void>): Promise<number> {
    const before = database.durableCommits();
    await work();
    return database.durableCommits() - before;
  }

  it("finishes what was called before it closes, and refuses what is called later", async () => {
    const database = await openSqliteDatabase({ dataDir });
    const calls = Array.from({ length: 50 }, () => publish(database));
    await Promise.all([database.close(), database.close()]);
    await Promise.all(calls);
    await expect(publish(database)).rejects.toMatchObject({ code: "unavailable" });

    const again = await openSqliteDatabase({ dataDir });
    const lease = { again: [], after: 0, maxMessages: 100, maxBytes: 1_000_000, now: 1 };
    expect((await again.call("leaseIngress", lease)).records).toHaveLength(50);
    await again.close();
  });

  it("accepts as many large records as the processor keeps up with, and small ones always", async () => {
    const database = await openSqliteDatabase({ dataDir, maxLargeIngressBytes: 2 * KIB * KIB });
    let accepted = 0;
    const send = async () => {
      await database.call("publishIngress", new Uint8Array(256 * KIB), "{}", 1);
      accepted += 1;
    };
    const large = Array.from({ length: 20 }, send);
    await publish(database);
    await eventually(() => expect(accepted).toBe(8));
    await publish(database);
    expect(accepted).toBe(8);
    const lease = { again: [], after: 0, maxMessages: 100, maxBytes: 100_000_000, now: 1 };
    const { records } = await database.call("leaseIngress", lease);
    const seqs = records.filter(({ data }) => data.length > 64 * KIB).map(({ seq }) => seq);
    await database.call("ackIngress", seqs.slice(0, 4));
    await eventually(() => expect(accepted).toBe(12));
    await database.close();
    await Promise.all(large);
  });

  it("keeps its log short however much is written", async () => {
    const database = await openSqliteDatabase({ dataDir });
    for (let count = 0; count < 100; count += 1) {
      const message = { id: freshId(), envelope: new Uint8Array(256 * KIB), queues: [freshQueue()] };
      await database.call("storeMessages", { messages: [message], storedAt: 1 });
    }
    const { size } = await fs.stat(path.join(dataDir, "dumbwaiter.sqlite-wal"));
    expect(size).toBeLessThan(8 * 1024 * 1024);
    await database.close();
  });

  it("reports unavailable when the commit takes too long, and recovers", async () => {
    const database = await openSqliteDatabase({ dataDir, callTimeoutMs: 1 });
    const slow = Array.from({ length: 10 }, () =>
      database.call("publishIngress", new Uint8Array(4_000_000), "{}", 1),
    );
    const results = await Promise.allSettled(slow);
    expect(results.filter(({ status }) => status === "rejected").length).toBeGreaterThan(0);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "unavailable" });
    }
    await eventually(() => publish(database));
    await database.close();
  });

  it("says what is wrong with the directory", async () => {
    const file = path.join(dataDir, "a-file");
    await fs.writeFile(file, "");
    await expect(openSqliteDatabase({ dataDir: file })).rejects.toThrow(
      `The data directory ${file} cannot be used`,
    );
    await fs.writeFile(path.join(dataDir, "dumbwaiter.sqlite"), "no database at all".repeat(100));
    await expect(openSqliteDatabase({ dataDir })).rejects.toThrow(/cannot be used: file is not a database/);
  });

  it("refuses a database of a newer version and leaves it as it is", async () => {
    const newer = new DatabaseSync(path.join(dataDir, "dumbwaiter.sqlite"));
    newer.exec("PRAGMA user_version = 99");
    newer.close();
    await expect(openSqliteDatabase({ dataDir })).rejects.toThrow(
      /cannot be used: it was written by a newer version of Dumbwaiter \(schema 99;/,
    );
  });
});
