import { setTimeout as sleep } from "node:timers/promises";
import {
  type DeviceAddress,
  type DeviceId,
  type QueueAddress,
  type QueueId,
  type StoreRequest,
  tooLargeToStore,
  type UserId,
} from "@dumbwaiter/core";
import { freshQueue, freshUser, sampleMessage, sampleRequests, testClock } from "@dumbwaiter/core/contracts";
import { EMULATOR_TIMEOUT_MS, sharedFirestoreEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type FirestoreStore, openFirestore } from "./open-firestore.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_DEVICES = 10;
const PHONE = "phone" as DeviceId;

describe("What Firestore is asked to do", () => {
  const clock = testClock();
  let store: FirestoreStore;
  let calls: [method: string, items: number][];

  beforeAll(async () => {
    store = openFirestore({
      projectId: uniqueName(),
      databaseId: "(default)",
      emulatorHost: (await sharedFirestoreEmulator()).url,
      clock,
      messageTtlMs: 30 * DAY_MS,
      maxDevices: MAX_DEVICES,
      timeoutMs: EMULATOR_TIMEOUT_MS,
      onCall: (...call) => calls.push(call),
    });
    calls = [];
  });
  beforeEach(() => {
    calls = [];
  });
  afterAll(() => store.close());

  /** The calls since the last time. */
  const counted = () => calls.splice(0);

  it("stores 250 messages for two devices each as 500 writes in one commit", async () => {
    await store.queues.store(sampleRequests(250, freshQueue(), freshQueue()));
    expect(counted()).toEqual([["commit", 500]]);
  });

  it("stores again what is partly stored with one read for each, and writes only what is missing", async () => {
    const requests = sampleRequests(20, freshQueue());
    await store.queues.store(requests.slice(0, 15));
    counted();
    await store.queues.store(requests);
    expect(counted()).toEqual([
      ["batchGetDocuments", 20],
      ["commit", 5],
    ]);
  });

  it("has at most one commit of 3.5 MiB under way for a message of 900 KiB to ten devices", async () => {
    const queues = Array.from({ length: 10 }, freshQueue);
    await store.queues.store([{ ...sampleMessage(), envelope: Buffer.alloc(900 * 1024, 32), queues }]);
    expect(counted()).toEqual([
      ["commit", 3],
      ["commit", 3],
      ["commit", 3],
      ["commit", 1],
    ]);
  });

  it("lets the acks of 100 devices at once share a call, with one delete each", async () => {
    const messages = Array.from({ length: 100 }, () => ({ ...sampleMessage(), queues: [freshQueue()] }));
    await store.queues.store(messages);
    counted();
    await Promise.all(messages.map(({ id, queues }) => store.queues.delete(queues[0] as QueueAddress, [id])));
    expect(counted()).toEqual([["batchWrite", 100]]);
  });

  it("lets acks that follow each other share calls, of which one begins every 50 ms", async () => {
    const messages = Array.from({ length: 40 }, () => ({ ...sampleMessage(), queues: [freshQueue()] }));
    await store.queues.store(messages);
    counted();
    const startedAt = performance.now();
    const acks: Promise<void>[] = [];
    for (const { id, queues } of messages) {
      acks.push(store.queues.delete(queues[0] as QueueAddress, [id]));
      await sleep(1);
    }
    await Promise.all(acks);
    const deletions = counted();
    expect(deletions.reduce((sum, [, items]) => sum + items, 0)).toBe(40);
    expect(deletions.length).toBeLessThanOrEqual(1 + (performance.now() - startedAt) / 50);
  });

  it("deletes the 600 messages of one ack in two calls, because a BatchWrite takes 500 writes", async () => {
    const queue = freshQueue();
    const requests = sampleRequests(600, queue);
    await store.queues.store(requests);
    counted();
    await store.queues.delete(
      queue,
      requests.map(({ id }) => id),
    );
    // In the order in which they end.
    expect(new Set(counted())).toEqual(
      new Set([
        ["batchWrite", 500],
        ["batchWrite", 100],
      ]),
    );
  });

  it("deletes a message once although two acks of it share a call", async () => {
    const [queue, message] = [freshQueue(), sampleMessage()];
    await store.queues.store([{ ...message, queues: [queue] }]);
    counted();
    await Promise.all([1, 2].map(() => store.queues.delete(queue, [message.id, message.id])));
    expect(counted()).toEqual([["batchWrite", 1]]);
  });

  it("reads one message more than a page may hold", async () => {
    const queue = freshQueue();
    await store.queues.store(sampleRequests(30, queue));
    counted();
    const { messages } = await store.queues.page(queue, { limit: 10, maxBytes: 1e6 });
    expect(messages).toHaveLength(10);
    expect(counted()).toEqual([["runQuery", 11]]);
  });

  it("takes no more of a page than one message over its bytes", async () => {
    const queue = freshQueue();
    const envelope = Buffer.alloc(200_000, 32);
    await store.queues.store(sampleRequests(20, queue).map((request) => ({ ...request, envelope })));
    counted();
    const { messages, hasMore } = await store.queues.page(queue, { limit: 500, maxBytes: 500_000 });
    expect([messages.length, hasMore]).toEqual([2, true]);
    expect(counted()).toEqual([["runQuery", 3]]);
  });

  it("looks up many users in one call with one read each", async () => {
    const users = Array.from({ length: 50 }, freshUser);
    await store.devices.lookup([...users, ...users]);
    expect(counted()).toEqual([["batchGetDocuments", 50]]);
  });

  it("lets the lookups of 100 sockets at once share a call, and gives each its own user", async () => {
    const users = Array.from({ length: 100 }, freshUser);
    await Promise.all(users.slice(0, 3).map((user) => store.devices.register({ user, device: PHONE })));
    counted();
    const found = await Promise.all(users.map((user) => store.devices.lookup([user])));
    expect(counted()).toEqual([["batchGetDocuments", 100]]);
    expect(found.slice(0, 3).map((devices, index) => devices.get(users[index] as UserId)?.length)).toEqual([
      1, 1, 1,
    ]);
    expect(found.slice(3).flatMap((devices) => [...devices.values()].flat())).toEqual([]);
  });

  it("reads once for a device that is registered, and writes once for a new one", async () => {
    const address = { user: freshUser(), device: PHONE };
    await store.devices.register(address);
    expect(counted()).toEqual([
      ["batchGetDocuments", 1],
      ["commit", 1],
    ]);
    await store.devices.register(address);
    expect(counted()).toEqual([["batchGetDocuments", 1]]);
  });

  it("registers 50 devices of one user that come at once in two commits", async () => {
    const user = freshUser();
    const addresses = Array.from({ length: 50 }, (_, index) => ({ user, device: `d${index}` as DeviceId }));
    const results = await Promise.allSettled(addresses.map((address) => store.devices.register(address)));
    expect(counted()).toEqual([
      ["batchGetDocuments", 1],
      ["commit", 1],
      ["batchGetDocuments", 1],
      ["commit", 1],
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      ...Array(MAX_DEVICES).fill("fulfilled"),
      ...Array(50 - MAX_DEVICES).fill("rejected"),
    ]);
    const registered = (await store.devices.lookup([user])).get(user);
    expect(new Set(registered?.map(({ queue }) => queue)).size).toBe(MAX_DEVICES);
  });

  it("gives each of several changes that share a transaction its own outcome", async () => {
    const user = freshUser();
    const [a, b, c] = ["a", "b", "c"].map((id) => ({ user, device: id as DeviceId })) as [
      DeviceAddress,
      DeviceAddress,
      DeviceAddress,
    ];
    await store.devices.register(a);
    counted();
    const first = store.devices.register(a);
    const shared = [store.devices.remove(a), store.devices.register(b), store.devices.remove(c)] as const;
    expect((await first).queue).toBe("default");
    const [removed, registered, none] = await Promise.all(shared);
    expect(removed.devices).toEqual([await first]);
    // The queue is free again, because the removal came first.
    expect(registered.queue).toBe("default");
    expect(none.devices).toEqual([]);
    expect(counted().map(([method]) => method)).toEqual(["batchGetDocuments", "batchGetDocuments", "commit"]);
  });

  it("stores 499 of 500 when Firestore itself refuses one, in far fewer commits than messages", async () => {
    const queue = freshQueue();
    const requests = sampleRequests(499, queue);
    // A name that Firestore reserves.
    const poison = { ...sampleMessage(), queues: [{ ...queue, queue: "__x__" as QueueId }] };
    const outcomes = await store.queues.store([...requests.slice(0, 123), poison, ...requests.slice(123)]);
    expect(outcomes[123]).toEqual({ refused: expect.stringContaining("__x__") });
    expect(outcomes.filter((outcome) => outcome === "stored")).toHaveLength(499);
    expect(counted().length).toBeLessThan(20);
    const held = await store.queues.stillQueued(
      queue,
      [...requests, poison].map(({ id }) => id),
    );
    expect(held.size).toBe(499);
  });

  it("refuses an envelope over the limit without a call, and stores the others", async () => {
    const [large, small] = sampleRequests(2, freshQueue()) as [StoreRequest, StoreRequest];
    const envelope = Buffer.alloc(5 * 2 ** 20, 32);
    const outcomes = await store.queues.store([{ ...large, envelope }, small]);
    expect(outcomes).toEqual([tooLargeToStore(envelope), "stored"]);
    expect(counted()).toEqual([["commit", 1]]);
  });

  it("sweeps without reading the users that it leaves alone", async () => {
    const gone = freshUser();
    await store.devices.register({ user: gone, device: PHONE });
    clock.advance(50 * DAY_MS);
    for (let index = 0; index < 20; index += 1) {
      await store.devices.register({ user: freshUser(), device: PHONE });
    }
    const swept: string[] = [];
    const sweep = () =>
      store.devices.sweep(clock.now() - 45 * DAY_MS, async ({ user }) => {
        swept.push(user);
      });
    await sweep();
    expect(swept).toContain(gone);
    counted();
    await sweep();
    expect(counted()).toEqual([["runQuery", 0]]);
  });
});
