import { describe, expect, it } from "@jest/globals";
import { DEFAULT_QUEUE, type Device, type DeviceId, type QueueId } from "../model/device.ts";
import { type MessageId, newMessageId } from "../model/message-id.ts";
import type { UserId } from "../model/user.ts";
import type { DeviceRegistry } from "../ports/device-registry.ts";
import type { MessageQueues } from "../ports/message-queues.ts";
import { acknowledgeMessages } from "./acknowledge-messages.ts";
import { pullMessages } from "./pull-messages.ts";

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
