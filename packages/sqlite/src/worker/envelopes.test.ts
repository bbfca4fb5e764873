import fs from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import type { QueueAddress } from "@dumbwaiter/core";
import { freshId, freshQueue } from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { temporaryDirectory } from "../../testing/temporary-store.ts";
import { messageOperations } from "./message-operations.ts";
import { openDatabase } from "./open-database.ts";

const KIB = 1024;

describe("envelopes in the database", () => {
  let dataDir: string;
  let db: DatabaseSync;
  let messages: ReturnType<typeof messageOperations>;

  beforeEach(async () => {
    dataDir = await temporaryDirectory();
    db = openDatabase(dataDir);
    messages = messageOperations(db);
  });
  afterEach(async () => {
    db.close();
    await fs.rm(dataDir, { recursive: true });
  });

  const queues = () => Array.from({ length: 10 }, () => freshQueue());
  const store = (id: ReturnType<typeof freshId>, envelope: Uint8Array, to: readonly QueueAddress[]) =>
    messages.storeMessages({ messages: [{ id, envelope, queues: to }], storedAt: 1 });
  const page = ({ user, queue }: QueueAddress) =>
    messages.pageOfMessages({ user, queue, after: 0, storedSince: 0, limit: 10, maxBytes: 1000 * KIB })
      .messages;
  const usedBytes = () => {
    const of = (name: string) => Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
    return (of("page_count") - of("freelist_count")) * of("page_size");
  };

  it("are kept once, whatever the number of queues, until the message has left all of them", () => {
    const empty = usedBytes();
    const [id, to] = [freshId(), queues()];
    store(id, Buffer.alloc(200 * KIB, "x"), to);
    expect(usedBytes() - empty).toBeGreaterThanOrEqual(200 * KIB);
    expect(usedBytes() - empty).toBeLessThan(300 * KIB);
    const [last, ...others] = to as [QueueAddress, ...QueueAddress[]];
    for (const queue of others) messages.deleteMessages(queue, [id]);
    expect(page(last)).toEqual([{ id, envelope: new Uint8Array(Buffer.alloc(200 * KIB, "x")), storedAt: 1 }]);
    messages.deleteMessages(last, [id]);
    expect(usedBytes() - empty).toBeLessThan(20 * KIB);
  });

  it("leave with messages that expire or are purged", () => {
    const empty = usedBytes();
    const [one, other] = [freshQueue(), freshQueue()];
    for (let count = 0; count < 5; count += 1) store(freshId(), new Uint8Array(100 * KIB), [one, other]);
    expect(messages.clearQueue(one, Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(page(other)).toHaveLength(5);
    expect(messages.clearExpiredMessages(2)).toBe(5);
    expect(usedBytes() - empty).toBeLessThan(20 * KIB);
  });

  it("are not stored again with a message that is in the queues already", () => {
    const [id, to] = [freshId(), queues()];
    const [first] = to as [QueueAddress];
    store(id, Buffer.from("sealed"), to);
    store(id, Buffer.from("sealed"), to);
    messages.deleteMessages(first, [id]);
    store(id, Buffer.from("sealed"), [...to, ...to]);
    for (const queue of to)
      expect(page(queue)).toEqual([{ id, envelope: new Uint8Array(Buffer.from("sealed")), storedAt: 1 }]);
    for (const queue of to) messages.deleteMessages(queue, [id]);
    expect(db.prepare("SELECT * FROM envelope").all()).toEqual([]);
  });
});
