import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import type { Cursor, QueueId, UserId } from "@dumbwaiter/core";
import { eventually, storeSettings, testClock } from "@dumbwaiter/core/contracts";
import { afterEach, describe, expect, it } from "@jest/globals";
import { PATIENT, temporaryDirectory } from "../testing/temporary-store.ts";
import { openSqliteStore } from "./sqlite-store.ts";

/** A writer's syncs wait for those of all others on a busy machine. */
const WRITER_PATIENCE_MS = 120_000;
const WRITER = fileURLToPath(new URL("../testing/store-writer.ts", import.meta.url));
const USER = "alice" as UserId;
const QUEUE = { user: USER, queue: "default" as QueueId };

describe("the SQLite store of a process that crashes", () => {
  const cleanUp: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const undo of cleanUp.splice(0).reverse()) await undo();
  });

  async function dataDirectory(): Promise<string> {
    const dataDir = await temporaryDirectory();
    cleanUp.push(() => fs.rm(dataDir, { recursive: true }));
    return dataDir;
  }

  /** Starts the writer; what it tells is collected by the first word. */
  function startWriter(command: string, ...args: string[]) {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    const told = new Map<string, string[]>();
    const lines = readline.createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      const [what = "", name = ""] = line.split(/ (.*)/);
      told.set(what, [...(told.get(what) ?? []), name]);
    });
    const ended = Promise.all([once(child, "exit"), once(lines, "close")]);
    const kill = async () => {
      child.kill("SIGKILL");
      await ended;
    };
    cleanUp.push(kill);
    return { child, kill, told: (what: string) => told.get(what) ?? [] };
  }

  async function open(dataDir: string) {
    const store = await openSqliteStore({ ...storeSettings(testClock()), ...PATIENT, dataDir });
    cleanUp.push(store.close);
    return store;
  }

  /** All that can be found in the directory. */
  async function contents(dataDir: string) {
    const store = await open(dataDir);
    const devices = (await store.devices.lookup([USER])).get(USER) ?? [];
    const messages: string[] = [];
    let after: Cursor | undefined;
    for (let hasMore = true; hasMore; ) {
      const page = await store.queues.page(QUEUE, { limit: 500, maxBytes: 8_000_000, after });
      messages.push(...page.messages.map(({ id }) => id));
      after = page.cursor;
      hasMore = page.hasMore;
    }
    const records = new Map<string, number>();
    const consumer = store.createIngressConsumer({ maxMessages: 1_000_000, maxBytes: 1_000_000_000 });
    await store.ingressPublisher.publish({ data: Buffer.from("the last"), attributes: { name: "the last" } });
    await consumer.start(({ record, attempt }) => records.set(record.attributes.name ?? "", attempt));
    await eventually(() => expect(records.has("the last")).toBe(true));
    await consumer.close();
    await store.close();
    return { devices: devices.map(({ id }) => id as string), messages, records };
  }

  it("has lost nothing that was answered, however often it was killed", async () => {
    const dataDir = await dataDirectory();
    const writers: ReturnType<typeof startWriter>[] = [];
    for (const answers of [40, 150, 300]) {
      const writer = startWriter(process.execPath, WRITER, dataDir);
      writers.push(writer);
      const registered = () => expect(writer.told("registered").length).toBeGreaterThan(answers);
      await eventually(registered, WRITER_PATIENCE_MS);
      await writer.kill();
    }
    const told = (what: string) => writers.flatMap((writer) => writer.told(what));
    const found = await contents(dataDir);
    expect(missing(told("stored"), found.messages)).toEqual([]);
    expect(missing(told("registered"), found.devices)).toEqual([]);
    expect(missing(told("published"), [...found.records.keys()])).toEqual([]);
    const deleted = new Set(told("deleted"));
    expect(deleted.size).toBeGreaterThan(400);
    expect(found.messages.filter((id) => deleted.has(id))).toEqual([]);
    const heldByAll = told("held").filter((name) =>
      writers.every((writer) => writer.told("held").includes(name)),
    );
    expect(heldByAll.length).toBeGreaterThan(0);
    for (const name of heldByAll) expect(found.records.get(name)).toBe(4);
  });

  it("refuses a second process on the same directory, and releases it when killed", async () => {
    const dataDir = await dataDirectory();
    const writer = startWriter(process.execPath, WRITER, dataDir);
    await eventually(() => expect(writer.told("opened")).toHaveLength(1));
    await expect(open(dataDir)).rejects.toThrow(`The data directory ${dataDir} is in use by another process`);
    await writer.kill();
    await open(dataDir);
    await expect(open(dataDir)).rejects.toThrow("is in use by another process");
  });

  it("reports unavailable when the disk is full, goes on reading, and keeps what it has answered", async () => {
    const dataDir = await dataDirectory();
    // No file may grow beyond some megabytes: every write over that fails.
    const writer = startWriter(
      "sh",
      "-c",
      'ulimit -S -f 12000; exec "$@"',
      "sh",
      process.execPath,
      WRITER,
      dataDir,
      "20000",
    );
    await eventually(() => expect(writer.told("read").length).toBeGreaterThan(10), WRITER_PATIENCE_MS);
    await writer.kill();
    expect(new Set(writer.told("refused"))).toEqual(new Set(["unavailable"]));
    expect(writer.told("stored").length).toBeGreaterThan(20);
    const found = await contents(dataDir);
    expect(missing(writer.told("stored"), found.messages)).toEqual([]);
    expect(missing(writer.told("published"), [...found.records.keys()])).toEqual([]);
  });
});

function missing(wanted: readonly string[], found: readonly string[]): string[] {
  const set = new Set(found);
  return wanted.filter((name) => !set.has(name));
}
