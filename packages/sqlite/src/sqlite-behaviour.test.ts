import fs from "node:fs/promises";
import type { DeviceId, IngressDelivery, MessageId } from "@dumbwaiter/core";
import {
  eventually,
  freshId,
  freshQueue,
  freshUser,
  HOUR_MS,
  MESSAGE_TTL_MS,
  sampleMessage,
  storeSettings,
  type TestClock,
  testClock,
} from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { PATIENT, temporaryDirectory } from "../testing/temporary-store.ts";
import { openSqliteDatabase } from "./sqlite-database.ts";
import { openSqliteStore, type SqliteStore, type SqliteStoreSettings } from "./sqlite-store.ts";

const AMPLE = { maxMessages: 1000, maxBytes: 16 * 1024 * 1024 };

describe("the SQLite store", () => {
  let dataDir: string;
  let clock: TestClock;
  let store: SqliteStore;

  beforeEach(async () => {
    dataDir = await temporaryDirectory();
    clock = testClock();
    store = await open();
  });
  afterEach(async () => {
    await store.close();
    await fs.rm(dataDir, { recursive: true });
  });

  const open = (settings: Partial<SqliteStoreSettings> = {}) =>
    openSqliteStore({ ...storeSettings(clock), ...PATIENT, dataDir, ...settings });

  it("tells how much is queued for each device, and how much is in the ingress", async () => {
    const { user } = freshQueue();
    const register = (device: string) => store.devices.register({ user, device: device as DeviceId });
    const [phone, laptop] = [await register("phone"), await register("laptop")];
    const queues = [phone, laptop].map(({ queue }) => ({ user, queue }));
    const messages = [sampleMessage(), sampleMessage()];
    await store.queues.store(messages.map((message) => ({ ...message, queues })));
    await store.queues.delete({ user, queue: phone.queue }, [messages[0]?.id as MessageId]);
    expect(await store.queueLengths(user)).toEqual(
      new Map([
        ["laptop", 2],
        ["phone", 1],
      ]),
    );
    expect(await store.queueLengths(freshUser())).toEqual(new Map());
    await store.ingressPublisher.publish({ data: Buffer.from("{}"), attributes: {} });
    expect(await store.ingressLength()).toBe(1);
  });

  it("keeps everything when it is closed and opened again, and closes twice", async () => {
    const queue = freshQueue();
    const message = sampleMessage();
    await store.queues.store([{ ...message, queues: [queue] }]);
    const device = await store.devices.register({ user: queue.user, device: "phone" as DeviceId });
    const record = { data: Buffer.from("{}"), attributes: { id: "1" } };
    await store.ingressPublisher.publish(record);
    await store.deadLetters.put({ record, code: "too_large", reason: "over" });
    await Promise.all([store.close(), store.close()]);
    await expect(store.ingressPublisher.publish(record)).rejects.toMatchObject({ code: "unavailable" });
    await expect(store.queues.page(queue, { limit: 1, maxBytes: 1 })).rejects.toMatchObject({
      code: "unavailable",
    });

    store = await open();
    expect((await store.queues.page(queue, { limit: 9, maxBytes: 1000 })).messages).toMatchObject([message]);
    expect((await store.devices.lookup([queue.user])).get(queue.user)).toEqual([device]);
    expect(await store.deadLetters.list()).toEqual([{ record, code: "too_large", reason: "over" }]);
    const received: IngressDelivery[] = [];
    await store.ingressConsumer.start((delivery) => received.push(delivery));
    await eventually(() => expect(received.map((delivery) => delivery.record)).toEqual([record]));
  });

  it("keeps the order of storing when the clock goes back", async () => {
    const queue = freshQueue();
    const ids = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const message = sampleMessage();
      await store.queues.store([{ ...message, queues: [queue] }]);
      ids.push(message.id);
      clock.advance(-HOUR_MS);
    }
    const first = await store.queues.page(queue, { limit: 2, maxBytes: 1000 });
    const rest = await store.queues.page(queue, { limit: 9, maxBytes: 1000, after: first.cursor });
    expect([...first.messages, ...rest.messages].map(({ id }) => id)).toEqual(ids);
  });

  it("hands a record out 100 times, then puts it among the dead letters", async () => {
    const record = { data: Buffer.from("poison"), attributes: { id: "the one that kills" } };
    await store.ingressPublisher.publish(record);
    const attempts: number[] = [];
    for (let turn = 1; turn <= 100; turn += 1) {
      const consumer = store.createIngressConsumer(AMPLE);
      await consumer.start(({ attempt }) => attempts.push(attempt));
      await eventually(() => expect(attempts).toHaveLength(turn));
      await consumer.close();
    }
    expect(attempts).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    await store.ingressConsumer.start(({ attempt }) => attempts.push(attempt));
    const [letter] = await eventually(async () => {
      const letters = await store.deadLetters.list();
      expect(letters).toHaveLength(1);
      return letters;
    });
    expect(letter).toMatchObject({ record, code: "attempts_exhausted" });
    expect(attempts).toHaveLength(100);
  });

  it("deletes what has expired in the background, also dead letters", async () => {
    const queue = freshQueue();
    for (let batch = 0; batch < 5; batch += 1) {
      await store.queues.store(Array.from({ length: 100 }, () => ({ ...sampleMessage(), queues: [queue] })));
    }
    const record = { data: Buffer.alloc(0), attributes: {} };
    await store.deadLetters.put({ record, code: "invalid_envelope", reason: "old" });
    clock.advance(2 * HOUR_MS);
    const young = sampleMessage();
    await store.queues.store([{ ...young, queues: [queue] }]);
    await store.deadLetters.put({ record, code: "invalid_envelope", reason: "young" });
    await store.close();

    clock.advance(MESSAGE_TTL_MS - HOUR_MS);
    let expired = 0;
    store = await open({
      expiryIntervalMs: 5,
      onExpired(messages) {
        expired += messages;
      },
    });
    await eventually(async () => expect(await store.deadLetters.list()).toMatchObject([{ reason: "young" }]));
    expect(expired).toBe(500);
    await store.close();
    const database = await openSqliteDatabase({ dataDir });
    const left = { ...queue, after: 0, storedSince: 0, limit: 500, maxBytes: 1_000_000 };
    expect((await database.call("pageOfMessages", left)).messages.map(({ id }) => id)).toEqual([young.id]);
    await database.close();
  });

  it("keeps the latest 1,000 push requests", async () => {
    const requests = Array.from({ length: 1100 }, (_, priority) => ({
      user: freshUser(),
      devices: [],
      messageId: freshId(),
      priority,
    }));
    await store.pushRequests.request(requests.slice(0, 700));
    await store.pushRequests.request(requests.slice(700));
    expect(await store.pushRequests.list()).toEqual(requests.slice(100));
  });
});
