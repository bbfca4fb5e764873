import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { QueueAddress, QueueId } from "../src/model/device.ts";
import type { MessageId } from "../src/model/message-id.ts";
import type { MessageQueues } from "../src/ports/message-queues.ts";
import { ids, messagePagesContract, pageOf } from "./message-pages.contract.ts";
import {
  MESSAGE_TTL_MS,
  type MessageStoreUnderTest,
  type OpenMessageStore,
  storeSettings,
} from "./message-store.ts";
import {
  AWKWARD_USERS,
  byId,
  freshId,
  freshQueue,
  freshUser,
  HOUR_MS,
  sampleMessage,
  sampleRequests,
  testClock,
} from "./samples.ts";

const MIB = 1024 * 1024;

/** The contract of every adapter of {@link MessageQueues}. */
export function messageQueuesContract(name: string, open: OpenMessageStore): void {
  describe(`${name}: message queues`, () => {
    let store: MessageStoreUnderTest;
    let queues: MessageQueues;

    beforeAll(async () => {
      store = await open(storeSettings(testClock()));
      queues = store.queues;
    });
    afterAll(() => store.close());

    const idsIn = async (address: QueueAddress) => ids((await pageOf(queues, address)).messages);

    messagePagesContract(() => queues);

    it("returns a message byte for byte", async () => {
      const queue = freshQueue();
      const envelope = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
      const id = freshId();
      expect(await queues.store([{ id, envelope, queues: [queue] }])).toEqual(["stored"]);
      const [message, ...others] = (await pageOf(queues, queue)).messages;
      expect(message).toEqual({ id, envelope, storedAt: expect.any(Number) });
      expect(Math.abs(Date.now() - Number(message?.storedAt))).toBeLessThan(60_000);
      expect(others).toEqual([]);
    });

    it("stores nothing when there is nothing to store", async () => {
      expect(await queues.store([])).toEqual([]);
    });

    it("leaves one copy of a message stored twice, at once or later", async () => {
      const queue = freshQueue();
      const [message, other] = sampleRequests(2, queue);
      if (!message || !other) throw new Error("two samples");
      expect(await queues.store([message, message, other])).toEqual(["stored", "stored", "stored"]);
      expect(await queues.store([message])).toEqual(["stored"]);
      await Promise.all([queues.store([message]), queues.store([message])]);
      const { messages, hasMore } = await pageOf(queues, queue);
      expect([...messages].sort(byId)).toEqual(
        [message, other].map(({ id, envelope }) => ({ id, envelope, storedAt: expect.any(Number) })),
      );
      expect(hasMore).toBe(false);
      await queues.delete(queue, [message.id]);
      expect(await idsIn(queue)).toEqual([other.id]);
    });

    it("keeps the place of a message that is stored again, alone or among others", async () => {
      const queue = freshQueue();
      const [first, second, third, fourth] = sampleRequests(4, queue).reverse();
      if (!first || !second || !third || !fourth) throw new Error("four samples");
      for (const request of [first, second]) await queues.store([request]);
      await queues.store([first]);
      await queues.store([first, third]);
      await queues.store([third, third, fourth, second]);
      expect(await idsIn(queue)).toEqual(ids([first, second, third, fourth]));
    });

    it("stores the copies that are missing when a message is stored again", async () => {
      const [known, another] = [freshQueue(), freshQueue()];
      const message = sampleMessage();
      await queues.store([{ ...message, queues: [known] }]);
      expect(await queues.store([{ ...message, queues: [known, another] }])).toEqual(["stored"]);
      for (const queue of [known, another]) expect(await idsIn(queue)).toEqual([message.id]);
    });

    it("stores more messages and bytes at once than one commit of any store takes", async () => {
      const queue = freshQueue();
      const small = sampleRequests(700, queue);
      const large = sampleRequests(24, queue).map((request) => ({
        ...request,
        envelope: Buffer.alloc(MIB / 2, 32),
      }));
      const outcomes = await queues.store([...small, ...large]);
      expect(outcomes).toEqual([...small, ...large].map(() => "stored"));
      const all = ids([...small, ...large]);
      expect(await queues.stillQueued(queue, all)).toEqual(new Set(all));
      await queues.purge(queue);
    });

    it("refuses one message for good and stores the others", async () => {
      const queue = freshQueue();
      const good = sampleRequests(30, queue);
      const bad = { ...sampleMessage(), envelope: store.unstorable, queues: [queue] };
      const outcomes = await queues.store([...good.slice(0, 12), bad, ...good.slice(12)]);
      expect(outcomes[12]).toEqual({ refused: expect.any(String) });
      expect(outcomes.toSpliced(12, 1)).toEqual(good.map(() => "stored"));
      expect((await idsIn(queue)).sort()).toEqual(ids(good));
    });

    it("puts one message into several queues, each with its own copy", async () => {
      const user = freshUser();
      const [mine, tablet, theirs] = [
        { user, queue: "default" },
        { user, queue: "tablet" },
        freshQueue(),
      ] as QueueAddress[];
      if (!mine || !tablet || !theirs) throw new Error("three queues");
      const request = { ...sampleMessage(), queues: [mine, tablet, theirs] };
      expect(await queues.store([request])).toEqual(["stored"]);
      await queues.delete(mine, [request.id]);
      expect(await idsIn(mine)).toEqual([]);
      expect(await idsIn(tablet)).toEqual([request.id]);
      expect(await idsIn(theirs)).toEqual([request.id]);
    });

    it("stores a message of 900 KiB for ten devices, and again", async () => {
      const all = Array.from({ length: 10 }, freshQueue);
      const request = { ...sampleMessage(), envelope: Buffer.alloc(900 * 1024, 32), queues: all };
      for (let round = 0; round < 2; round += 1) expect(await queues.store([request])).toEqual(["stored"]);
      for (const queue of all) {
        expect(await idsIn(queue)).toEqual([request.id]);
        await queues.purge(queue);
      }
    });

    it("finds one message, as long as the queue holds it", async () => {
      const [queue, other] = [freshQueue(), freshQueue()];
      const [request] = sampleRequests(2, queue);
      if (!request) throw new Error("a sample");
      await queues.store([request]);
      expect(await queues.find(queue, request.id)).toEqual({ id: request.id, envelope: request.envelope });
      expect(await queues.find(other, request.id)).toBeUndefined();
      await queues.delete(queue, [request.id]);
      expect(await queues.find(queue, request.id)).toBeUndefined();
    });

    it("serves users with awkward ids, and keeps them apart", async () => {
      const queue = `q-${freshId()}` as QueueId;
      const addresses = AWKWARD_USERS.map((user) => ({ user, queue }));
      const requests = addresses.map((address) => sampleRequests(2, address));
      await queues.store(requests.flat());
      for (const [index, address] of addresses.entries()) {
        expect(await idsIn(address)).toEqual(ids(requests[index] ?? []));
        await queues.purge(address);
        expect(await idsIn(address)).toEqual([]);
      }
    });

    it("deletes over 500 ids at once and ignores unknown ones", async () => {
      const queue = freshQueue();
      const requests = sampleRequests(620, queue);
      await queues.store(requests);
      const kept = requests.splice(300, 2);
      await queues.delete(queue, [freshId(), ...ids(requests), freshId()]);
      await queues.delete(queue, ids(requests));
      await queues.delete(freshQueue(), [freshId()]);
      await queues.delete(queue, []);
      expect(await idsIn(queue)).toEqual(ids(kept));
    });

    it("tells which messages are still queued", async () => {
      const queue = freshQueue();
      const requests = sampleRequests(4, queue);
      await queues.store(requests);
      await queues.delete(queue, ids(requests.slice(0, 2)));
      const held = await queues.stillQueued(queue, [...ids(requests), freshId()]);
      expect(held).toEqual(new Set(ids(requests.slice(2))));
      expect(await queues.stillQueued(freshQueue(), ids(requests))).toEqual(new Set());
      expect(await queues.stillQueued(queue, [])).toEqual(new Set());
    });

    it("purges one queue and no other", async () => {
      const queue = freshQueue();
      const neighbour = { ...queue, queue: "other" as QueueId };
      await queues.store(sampleRequests(600, queue));
      await queues.store(sampleRequests(2, neighbour));
      await queues.purge(queue);
      expect(await idsIn(queue)).toEqual([]);
      expect(await idsIn(neighbour)).toHaveLength(2);
      await queues.purge(queue);
    });

    it("never returns a message older than the time to live", async () => {
      const clock = testClock();
      const own = await open(storeSettings(clock));
      try {
        const queue = freshQueue();
        const requests = sampleRequests(2, queue);
        await own.queues.store(requests);
        clock.advance(MESSAGE_TTL_MS - HOUR_MS);
        const young = await own.queues.page(queue, { limit: 1, maxBytes: MIB });
        expect(young.messages).toHaveLength(1);
        clock.advance(2 * HOUR_MS);
        const all = { limit: 10, maxBytes: MIB };
        expect(await own.queues.page(queue, all)).toMatchObject({ messages: [], hasMore: false });
        expect(await own.queues.page(queue, { ...all, after: young.cursor })).toMatchObject({ messages: [] });
        expect(await own.queues.stillQueued(queue, ids(requests))).toEqual(new Set());
        expect(await own.queues.find(queue, ids(requests)[0] as MessageId)).toBeUndefined();
        await own.queues.delete(queue, ids(requests));
      } finally {
        await own.close();
      }
    });
  });
}
