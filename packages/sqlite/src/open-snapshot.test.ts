import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { DeviceId, MessageId, QueueId, UserId } from "@dumbwaiter/core";
import { eventually, storeSettings } from "@dumbwaiter/core/contracts";
import { freshUser, sampleMessage } from "@dumbwaiter/core/contracts/samples";
import { afterEach, describe, expect, it } from "@jest/globals";
import { PATIENT, temporaryDirectory } from "../testing/temporary-store.ts";
import { openSqliteSnapshot } from "./open-snapshot.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const WRITER = join(import.meta.dirname, "../testing/store-writer.ts");
const NOW = Date.UTC(2026, 0, 2);
const QUEUE = "default" as QueueId;

describe("A snapshot of a data directory", () => {
  const cleanUp: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const undo of cleanUp.splice(0).reverse()) await undo();
  });

  async function dataDirectory(): Promise<string> {
    const dataDir = await temporaryDirectory();
    cleanUp.push(() => rm(dataDir, { recursive: true }));
    return dataDir;
  }

  it("shows copies, devices, the ingress and dead letters of a store that is open", async () => {
    const dataDir = await dataDirectory();
    const clock = { now: () => NOW };
    const store = await openSqliteStore({ ...storeSettings(clock), ...PATIENT, dataDir });
    cleanUp.push(store.close);
    const [user, message, waiting] = [freshUser(), sampleMessage(), sampleMessage()];
    const { queue } = await store.devices.register({ user, device: "phone" as DeviceId });
    await store.queues.store([{ ...message, queues: [{ user, queue }] }]);
    const record = { data: Buffer.from("secret"), attributes: { id: waiting.id } };
    await store.ingressPublisher.publish(record);
    await store.deadLetters.put({ record, code: "too_large", reason: "too large" });

    const snapshot = await openSqliteSnapshot(dataDir);
    try {
      expect(snapshot.devicesOf(user)).toMatchObject([{ id: "phone", queue }]);
      const copy = { queue, storedAt: NOW };
      expect(await snapshot.copies.find(user, message.id, [queue])).toEqual([copy]);
      expect(await snapshot.copies.find(user, message.id, ["other" as QueueId])).toEqual([]);
      expect(await snapshot.copies.find(freshUser(), message.id, [queue])).toEqual([]);
      expect(snapshot.ingressAttemptsOf(waiting.id)).toBe(0);
      expect(snapshot.ingressAttemptsOf(message.id)).toBeUndefined();
      expect(snapshot.deadLetters()).toEqual([
        {
          letterId: "1",
          givenUpAt: NOW,
          code: "too_large",
          reason: "too large",
          attributes: { id: waiting.id },
        },
      ]);
    } finally {
      await snapshot.close();
    }
    await store.queues.delete({ user, queue }, [message.id]);
    const later = await openSqliteSnapshot(dataDir);
    cleanUp.push(later.close);
    expect(await later.copies.find(user, message.id, [queue])).toEqual([]);
  });

  it("is whole at each moment of a process that writes as fast as it can", async () => {
    const dataDir = await dataDirectory();
    const writer = spawn(process.execPath, [WRITER, dataDir, "20000"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(writer, "exit");
    cleanUp.push(async () => {
      writer.kill("SIGKILL");
      await exited;
    });
    const told = new Map<string, MessageId[]>([
      ["stored", []],
      ["deleted", []],
    ]);
    createInterface({ input: writer.stdout }).on("line", (line) => {
      const [what = "", id] = line.split(" ");
      told.get(what)?.push(id as MessageId);
    });
    const user = "alice" as UserId;
    let seen = 0;
    for (const enough of [20, 200, 400, 600]) {
      await eventually(() => expect(told.get("stored")?.length).toBeGreaterThan(enough));
      const [stored, deleted] = [[...(told.get("stored") ?? [])], [...(told.get("deleted") ?? [])]];
      const snapshot = await openSqliteSnapshot(dataDir);
      const isHeld = async (id: MessageId) => (await snapshot.copies.find(user, id, [QUEUE])).length === 1;
      try {
        for (const id of stored) expect(await isHeld(id)).toBe(true);
        for (const id of deleted) expect(await isHeld(id)).toBe(false);
        seen += stored.length;
      } finally {
        await snapshot.close();
      }
    }
    expect(seen).toBeGreaterThan(1000);
  });

  it("says so when there is no database", async () => {
    const dataDir = await dataDirectory();
    await expect(openSqliteSnapshot(dataDir)).rejects.toThrow(
      `There is no database in the directory ${dataDir}`,
    );
    expect(await readdir(dataDir)).toEqual([]);
  });
});
