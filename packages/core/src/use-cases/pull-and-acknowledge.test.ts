import { describe, expect, it } from "@jest/globals";
import { DEFAULT_QUEUE, type Device, type DeviceId, type QueueId } from "../model/device.ts";
import { type MessageId, newMessageId } from "../model/message-id.ts";
import type { StoredMessage } from "../model/message-json.ts";
import type { UserId } from "../model/user.ts";
import type { DeviceRegistry } from "../ports/device-registry.ts";
import type { Cursor, MessageQueues, PageRequest } from "../ports/message-queues.ts";
import { acknowledgeMessages } from "./acknowledge-messages.ts";
import { pullInParts, pullMessages } from "./pull-messages.ts";

const user = "alice" as UserId;
const phone: Device = { id: "phone" as DeviceId, queue: DEFAULT_QUEUE, lastSeen: 1 };
const address = { user, device: phone.id };
const PAGE = { messages: [], hasMore: true };
const REQUEST = { limit: 7, maxBytes: 8 };

/** Ports of one user with one device; each call is noted. */
function open(registered: readonly Device[] = [phone]) {
  const calls: unknown[][] = [];
  const noted =
    <Result>(name: string, result: Result) =>
    async (...args: unknown[]) => {
      calls.push([name, ...args]);
      return result;
    };
  const devices = {
    register: noted("register", phone),
    lookup: noted("lookup", new Map([[user, registered]])),
  } as unknown as DeviceRegistry;
  const queues = {
    page: noted("page", PAGE),
    delete: noted("delete", undefined),
  } as unknown as MessageQueues;
  const pushThrottle = { admit: noted("admit", [true]), lift: noted("lift", undefined) };
  const limits = { admitCall: async () => {}, admitAck: async () => {} };
  return { dependencies: { devices, queues, pushThrottle, limits }, calls };
}

describe("pullMessages", () => {
  it("registers the device, reads its queue, and lifts its push throttle", async () => {
    const { dependencies, calls } = open();
    expect(await pullMessages(dependencies, address, REQUEST)).toBe(PAGE);
    expect(calls).toEqual([
      ["register", address],
      ["page", { user, queue: DEFAULT_QUEUE }, REQUEST],
      ["lift", address],
    ]);
  });

  it("reads the queue that the caller knows, without registering the device", async () => {
    const { dependencies, calls } = open();
    await pullMessages(dependencies, { ...address, queue: "minted" as QueueId }, REQUEST);
    expect(calls).toEqual([
      ["page", { user, queue: "minted" }, REQUEST],
      ["lift", address],
    ]);
  });
});

describe("pullInParts", () => {
  /** A queue of envelopes of these sizes, and the pages read of it. */
  function queueOf(sizes: readonly number[]) {
    const pages: PageRequest[] = [];
    const messages = sizes.map((size, index) => ({ id: newMessageId(index), envelope: Buffer.alloc(size) }));
    const { dependencies, calls } = open();
    const queues = {
      async page(_address: unknown, request: PageRequest) {
        pages.push(request);
        const start = Number(request.after ?? 0);
        let [end, bytes] = [start, 0];
        while (end < messages.length && end - start < request.limit) {
          bytes += sizes[end] as number;
          if (bytes > request.maxBytes && end > start) break;
          end += 1;
        }
        const cursor = end > start ? { cursor: String(end) as Cursor } : {};
        return { messages: messages.slice(start, end), hasMore: end < messages.length, ...cursor };
      },
    } as unknown as MessageQueues;
    return { dependencies: { ...dependencies, queues }, calls, pages };
  }

  async function partsOf(sizes: readonly number[], request: PageRequest, partBytes: number) {
    const { dependencies, calls, pages } = queueOf(sizes);
    const parts = [];
    for await (const part of pullInParts(dependencies, address, request, partBytes)) parts.push(part);
    return { parts, calls, pages };
  }

  it.each<[string, number[], PageRequest]>([
    ["an empty queue", [], { limit: 5, maxBytes: 100 }],
    ["what fits into one part", [3, 3, 3], { limit: 5, maxBytes: 100 }],
    ["several parts", [6, 6, 6, 4, 6, 10], { limit: 10, maxBytes: 100 }],
    ["envelopes larger than a part", [30, 1, 30, 30], { limit: 10, maxBytes: 100 }],
    ["up to the limit", [6, 6, 6, 6], { limit: 3, maxBytes: 100 }],
    ["up to the limit, which is all", [6, 6, 6], { limit: 3, maxBytes: 100 }],
    ["up to the bytes", [6, 6, 6, 6], { limit: 9, maxBytes: 20 }],
    ["up to the bytes, to the last", [6, 6, 6, 6], { limit: 9, maxBytes: 18 }],
    ["up to a large envelope", [6, 6, 30], { limit: 9, maxBytes: 20 }],
    ["a first envelope over the bytes", [30, 6], { limit: 9, maxBytes: 20 }],
  ])("gives the messages of one page: %s", async (_name, sizes, request) => {
    const { dependencies } = queueOf(sizes);
    const page = await pullMessages(dependencies, address, request);
    const { parts, calls, pages } = await partsOf(sizes, request, 10);
    expect(parts.flatMap(({ messages }) => messages)).toEqual(page.messages.map(sameMessage));
    expect(parts.at(-1)).toMatchObject({ isLast: true, hasMore: page.hasMore });
    expect(parts.filter(({ isLast }) => isLast)).toHaveLength(1);
    expect(calls.map(([name]) => name)).toEqual(["register", "lift"]);
    for (const { maxBytes } of pages) expect(maxBytes).toBeLessThanOrEqual(10);
  });

  it("reads a part once the one before has been consumed", async () => {
    const { dependencies, pages } = queueOf([6, 6, 6]);
    const parts = pullInParts(dependencies, address, { limit: 9, maxBytes: 100 }, 10);
    await parts.next();
    expect(pages).toHaveLength(1);
    await parts.next();
    expect(pages).toHaveLength(2);
  });
});

/** The ids of two queues differ. */
const sameMessage = ({ envelope }: StoredMessage) => ({ id: expect.any(String), envelope });

describe("acknowledgeMessages", () => {
  const [first, second] = [newMessageId(1), newMessageId(2)] as [MessageId, MessageId];

  it("deletes each id once from the device's queue", async () => {
    const { dependencies, calls } = open();
    const acked = await acknowledgeMessages(dependencies, address, [first, second, first]);
    expect(acked).toEqual([first, second]);
    expect(calls).toEqual([
      ["lookup", [user]],
      ["delete", { user, queue: DEFAULT_QUEUE }, [first, second]],
    ]);
  });

  it("deletes from the queue that the caller knows, without looking the device up", async () => {
    const { dependencies, calls } = open();
    await acknowledgeMessages(dependencies, { ...address, queue: "minted" as QueueId }, [first]);
    expect(calls).toEqual([["delete", { user, queue: "minted" }, [first]]]);
  });

  it("asks the store for nothing when there are no ids", async () => {
    const { dependencies, calls } = open();
    expect(await acknowledgeMessages(dependencies, address, [])).toEqual([]);
    expect(calls).toEqual([]);
  });

  it("deletes nothing for a device that is not registered", async () => {
    const { dependencies, calls } = open([]);
    expect(await acknowledgeMessages(dependencies, address, [first])).toEqual([]);
    expect(calls).toEqual([["lookup", [user]]]);
  });
});
