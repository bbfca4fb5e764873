/**
 * Opens the store in the directory that is the first argument, and writes to it with 16 concurrent writers until it is
 * killed, or a read fails; the second argument is the size of each envelope. Prints a line after each answer, and before a
 * deletion.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  DAY_MS,
  type DeviceId,
  newMessageId,
  type QueueId,
  systemClock,
  type UserId,
} from "@dumbwaiter/core";
import { openSqliteStore } from "../src/sqlite-store.ts";

const [dataDir = "", bytes = "100"] = process.argv.slice(2);
const store = await openSqliteStore({
  dataDir,
  clock: systemClock,
  messageTtlMs: DAY_MS,
  maxDevices: 10_000,
});
const user = "alice" as UserId;
const queue = { user, queue: "default" as QueueId };

function tell(what: string, name: string): void {
  process.stdout.write(`${what} ${name}\n`);
}

async function turn(): Promise<void> {
  const data = Buffer.alloc(Number(bytes), 32);
  const name = randomUUID();
  await store.ingressPublisher.publish({ data, attributes: { name } });
  tell("published", name);
  const [kept, brief] = [newMessageId(Date.now()), newMessageId(Date.now())];
  await store.queues.store([kept, brief].map((id) => ({ id, envelope: data, queues: [queue] })));
  tell("stored", kept);
  tell("deleting", brief);
  await store.queues.delete(queue, [brief]);
  tell("deleted", brief);
  await store.devices.register({ user, device: name as DeviceId });
  tell("registered", name);
}

async function read(): Promise<void> {
  await store.queues.page(queue, { limit: 1, maxBytes: 1 });
  tell("read", "the queue");
}

async function write(): Promise<never> {
  let refused = false;
  for (;;) {
    // From the first refusal on, each write shares its transaction with a read.
    const reading = refused ? read() : undefined;
    try {
      await turn();
    } catch (error) {
      tell("refused", (error as { code: string }).code);
      refused = true;
      await delay(5);
    }
    await reading;
  }
}

await store.ingressConsumer.start(({ record }) => tell("held", record.attributes.name ?? ""));
tell("opened", dataDir);
await Promise.all(Array.from({ length: 16 }, write));
