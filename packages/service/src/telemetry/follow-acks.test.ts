import { PassThrough } from "node:stream";
import {
  DEFAULT_QUEUE,
  type DeviceId,
  type MessageId,
  type MessageQueues,
  type UserId,
} from "@dumbwaiter/core";
import { sampleMessage } from "@dumbwaiter/core/contracts/samples";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { type Tap, tapped } from "@dumbwaiter/dev-env/observe/tap";
import { openTemporaryStore } from "@dumbwaiter/sqlite/testing/temporary-store";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { followAcks } from "./follow-acks.ts";
import { createLogger } from "./logger.ts";
import { MessageSteps } from "./message-steps.ts";

const bob = { user: "bob" as UserId, queue: DEFAULT_QUEUE };
const device = "phone" as DeviceId;
let stream: PassThrough;
let store: Awaited<ReturnType<typeof openTemporaryStore>>;
let queues: Tap<MessageQueues>;
let id: MessageId;

beforeEach(async () => {
  stream = new PassThrough();
  store = await openTemporaryStore({ clock: { now: Date.now }, messageTtlMs: 60_000, maxDevices: 1 });
  queues = tapped(store.queues);
  const message = sampleMessage();
  id = message.id;
  await store.queues.store([{ ...message, queues: [bob] }]);
});
afterEach(() => store.close());

const stepsAt = (level: "debug" | "info") =>
  new MessageSteps(createLogger({ service: "api", level, stream }));
const told = () => logLines(stream).map(({ id: message, device: by, msg }) => [message, by, msg]);

it("tells who acknowledged a message, of those that the queue had", async () => {
  const others = sampleMessage().id;
  await followAcks(queues.port, stepsAt("debug"), { device }).delete(bob, [others, id]);
  expect(told()).toEqual([[id, device, "message acknowledged"]]);
  await followAcks(queues.port, stepsAt("debug"), { device }).delete(bob, [id]);
  await followAcks(queues.port, stepsAt("debug"), { device }).delete({ ...bob, user: "eve" as UserId }, [id]);
  expect(told()).toEqual([]);
});

it("does not ask the queue for what was surely there", async () => {
  const wasSent = (sent: MessageId) => sent === id;
  await followAcks(queues.port, stepsAt("debug"), { device, wasSent }).delete(bob, [id]);
  expect(told()).toHaveLength(1);
  expect(queues.count("stillQueued")).toBe(0);
});

it("tells of what was surely there before it asked, though a session forgets meanwhile", async () => {
  let sent: MessageId | undefined = id;
  queues.before = (method) => {
    if (method === "stillQueued") sent = undefined;
  };
  const wasSent = (each: MessageId) => each === sent;
  await followAcks(queues.port, stepsAt("debug"), { device, wasSent }).delete(bob, [id, sampleMessage().id]);
  expect(told()).toEqual([[id, device, "message acknowledged"]]);
});

it("deletes without telling what a read does not answer in time", async () => {
  const reading = Promise.withResolvers<void>();
  queues.before = (method) => (method === "stillQueued" ? reading.promise : undefined);
  await followAcks(queues.port, stepsAt("debug"), { device }).delete(bob, [id]);
  reading.resolve();
  expect(await store.queues.stillQueued(bob, [id])).toEqual(new Set());
  expect(told()).toEqual([]);
});

it("asks nothing for a message that nobody follows", async () => {
  await followAcks(queues.port, stepsAt("info"), { device }).delete(bob, [id]);
  expect(queues.calls.map(({ method }) => method)).toEqual(["delete"]);
  expect(told()).toEqual([]);
});

it("deletes what it cannot tell of, and tells of no deletion that failed", async () => {
  let failing = "stillQueued";
  queues.before = (method) => {
    if (method === failing) throw new Error("away");
  };
  await followAcks(queues.port, stepsAt("debug"), { device }).delete(bob, [id]);
  expect(await store.queues.stillQueued(bob, [id])).toEqual(new Set());
  failing = "delete";
  const wasSent = () => true;
  await expect(
    followAcks(queues.port, stepsAt("debug"), { device, wasSent }).delete(bob, [id]),
  ).rejects.toThrow("away");
  expect(told()).toEqual([]);
});
