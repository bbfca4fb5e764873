/**
 * Opens the store in the directory that is the first argument, makes every change whose answer promises that it is
 * durable, one after the other, and prints the name of each after its answer.
 */
import {
  type AccessKeyHash,
  DAY_MS,
  type DeviceId,
  newMessageId,
  type QueueId,
  systemClock,
  type UserId,
} from "@dumbwaiter/core";
import { openSqliteStore } from "../src/sqlite-store.ts";

const [dataDir = ""] = process.argv.slice(2);
const store = await openSqliteStore({ dataDir, clock: systemClock, messageTtlMs: DAY_MS, maxDevices: 10 });
const { queues, devices, accessKeys, ingressPublisher, deadLetters, pushRequests } = store;
const user = "alice" as UserId;
const queue = { user, queue: "default" as QueueId };
const device = { user, device: "phone" as DeviceId };
const [first, second] = [newMessageId(Date.now()), newMessageId(Date.now())];
const accessKey = "A".repeat(43) as AccessKeyHash;
const record = { data: Buffer.from("{}"), attributes: {} };

const changes: Readonly<Record<string, () => Promise<unknown>>> = {
  publish: () => ingressPublisher.publish(record),
  register: () => devices.register(device),
  store: () => queues.store([first, second].map((id) => ({ id, envelope: record.data, queues: [queue] }))),
  delete: () => queues.delete(queue, [first]),
  purge: () => queues.purge(queue),
  remove: () => devices.remove(device),
  setAccessKey: () => accessKeys.set(user, accessKey),
  removeAccessKey: () => accessKeys.remove(user),
  deadLetter: () => deadLetters.put({ record, code: "too_large", reason: "too large" }),
  pushRequest: () => pushRequests.request([{ user, devices: [], messageId: first, priority: 0 }]),
};
// The first runs with what opening has left to do.
for (const name of ["open", ...Object.keys(changes)]) {
  await changes[name]?.();
  process.stdout.write(`answered ${name}\n`);
}
await store.close();
