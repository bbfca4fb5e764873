import { setImmediate } from "node:timers/promises";
import { beforeAll, expect, it } from "@jest/globals";
import type { QueueAddress } from "../src/model/device.ts";
import type { MessageId } from "../src/model/message-id.ts";
import type { Cursor, MessagePage, MessageQueues, PageRequest } from "../src/ports/message-queues.ts";
import { freshQueue, sampleRequests } from "./samples.ts";

/** Stores tell no shorter times apart. */
async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await setImmediate();
}

/** Of the contract of {@link MessageQueues}: their order, and how they are read. */
export function messagePagesContract(opened: () => MessageQueues): void {
  let queues: MessageQueues;

  beforeAll(() => {
    queues = opened();
  });

  const page = (address: QueueAddress, request: Partial<PageRequest> = {}) =>
    pageOf(queues, address, request);
  const idsIn = async (address: QueueAddress) => ids((await page(address)).messages);

  it("returns an empty page without a cursor for an unknown queue", async () => {
    const nothing = await page(freshQueue());
    expect(nothing).toMatchObject({ messages: [], hasMore: false });
    expect(nothing.cursor).toBeUndefined();
  });

  it("orders what was stored together by id", async () => {
    const queue = freshQueue();
    const requests = sampleRequests(40, queue);
    await queues.store([...requests].reverse());
    expect(await idsIn(queue)).toEqual(ids(requests));
  });

  it("orders by the time of storing, whatever the ids", async () => {
    const queue = freshQueue();
    const requests = sampleRequests(20, queue).reverse();
    for (const request of requests) {
      await queues.store([request]);
      await nextMillisecond();
    }
    expect(await idsIn(queue)).toEqual(ids(requests));
  });

  it("shows a store that has resolved to the very next reader, behind what was there", async () => {
    const queue = freshQueue();
    await Promise.all(sampleRequests(20, queue).map((request) => queues.store([request])));
    const before = await idsIn(queue);
    await nextMillisecond();
    const late = sampleRequests(1, queue);
    await queues.store(late);
    expect(await idsIn(queue)).toEqual([...before, ...ids(late)]);
  });

  it("stops at the limit and says whether there is more", async () => {
    const queue = freshQueue();
    const requests = sampleRequests(3, queue);
    await queues.store(requests);
    expect(await page(queue, { limit: 3 })).toMatchObject({ hasMore: false });
    const two = await page(queue, { limit: 2 });
    expect(ids(two.messages)).toEqual(ids(requests.slice(0, 2)));
    expect(two.hasMore).toBe(true);
  });

  it("stops before the message that would take it over maxBytes, but never before the first", async () => {
    const queue = freshQueue();
    await queues.store(
      sampleRequests(3, queue).map((request) => ({ ...request, envelope: Buffer.alloc(1000, 32) })),
    );
    const sizes = async (maxBytes: number) => {
      const { messages, hasMore } = await page(queue, { maxBytes });
      return [messages.length, hasMore];
    };
    expect(await sizes(3000)).toEqual([3, false]);
    expect(await sizes(2999)).toEqual([2, true]);
    expect(await sizes(2000)).toEqual([2, true]);
    expect(await sizes(1999)).toEqual([1, true]);
    expect(await sizes(1)).toEqual([1, true]);
  });

  it("goes on after a cursor, also when its message and all before it are deleted", async () => {
    const queue = freshQueue();
    const requests = sampleRequests(5, queue);
    await queues.store(requests);
    const first = await page(queue, { limit: 2 });
    expect(ids((await page(queue, { after: first.cursor })).messages)).toEqual(ids(requests.slice(2)));
    await queues.delete(queue, ids(first.messages));
    const rest = await page(queue, { after: first.cursor });
    expect(ids(rest.messages)).toEqual(ids(requests.slice(2)));
    expect(rest.hasMore).toBe(false);
  });

  it("finds behind the last cursor only what is stored later", async () => {
    const queue = freshQueue();
    const early = sampleRequests(2, queue);
    await queues.store(early);
    const { cursor } = await page(queue);
    const end = await page(queue, { after: cursor });
    expect(end).toMatchObject({ messages: [], hasMore: false });
    expect(end.cursor).toBeUndefined();
    await queues.delete(queue, ids(early));
    const late = sampleRequests(1, queue);
    await queues.store(late);
    expect(ids((await page(queue, { after: cursor })).messages)).toEqual(ids(late));
  });

  it("pages through 1,200 messages without a gap or a repeat", async () => {
    const queue = freshQueue();
    const batches = Array.from({ length: 4 }, () => sampleRequests(300, queue));
    for (const batch of batches) await queues.store(batch);
    const seen: MessageId[] = [];
    let after: Cursor | undefined;
    for (let hasMore = true; hasMore; ) {
      const next = await page(queue, { limit: 170, after });
      seen.push(...ids(next.messages));
      after = next.cursor;
      hasMore = next.hasMore;
    }
    expect(seen).toEqual(batches.flatMap(ids));
  });
}

export function pageOf(
  queues: MessageQueues,
  address: QueueAddress,
  request: Partial<PageRequest> = {},
): Promise<MessagePage> {
  return queues.page(address, { limit: 500, maxBytes: 8 * 1024 * 1024, ...request });
}

export function ids(messages: readonly { readonly id: MessageId }[]): MessageId[] {
  return messages.map(({ id }) => id);
}
