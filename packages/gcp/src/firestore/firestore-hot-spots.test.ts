import { DAY_MS, type DeviceId, type QueueAddress, UnavailableError } from "@dumbwaiter/core";
import {
  freshId,
  freshQueue,
  freshUser,
  sampleMessage,
  sampleRequests,
  testClock,
} from "@dumbwaiter/core/contracts";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { EMULATOR_TIMEOUT_MS, sharedFirestoreEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { FirestoreDatabase, type StructuredQuery, type Write } from "./firestore-database.ts";
import { FirestoreDeviceRegistry } from "./firestore-device-registry.ts";
import { FirestoreMessageQueues } from "./firestore-message-queues.ts";
import { userName } from "./firestore-user-records.ts";
import { timestamp, timestampMs } from "./firestore-values.ts";
import { PartlyWrittenError } from "./partial-writes.ts";

const MINUTE_MS = 60_000;
const clock = testClock();
let real: FirestoreDatabase;
let database: FirestoreDatabase;
let commits: Write[][];
let queries: StructuredQuery[];
/** Refuses a commit. */
let refuse: (writes: readonly Write[]) => status | undefined;
let queues: FirestoreMessageQueues;

beforeAll(async () => {
  real = new FirestoreDatabase({
    projectId: uniqueName(),
    databaseId: "(default)",
    emulatorHost: (await sharedFirestoreEmulator()).url,
    timeoutMs: EMULATOR_TIMEOUT_MS,
  });
  database = overridden(real, {
    async commit(writes, expected) {
      const code = refuse(writes);
      if (code !== undefined) throw Object.assign(new Error("contention"), { code });
      commits.push(writes);
      await real.commit(writes, expected);
    },
    query(parent, query, take) {
      queries.push(query);
      return real.query(parent, query, take);
    },
  });
});
beforeEach(() => {
  commits = [];
  queries = [];
  refuse = () => undefined;
  queues = new FirestoreMessageQueues(database, clock, 30 * DAY_MS);
});
afterAll(() => real.close());

const page = async (queue: QueueAddress) =>
  (await queues.page(queue, { limit: 10, maxBytes: 1e6 })).messages.map(({ id }) => id);

/** Where the last query began, in milliseconds before now. */
function beganAgoMs(): number {
  return Date.now() - timestampMs(queries.at(-1)?.where?.fieldFilter?.value ?? undefined);
}

/** Stores a message as if the commit had been made before now, and become readable only now. */
async function storeAsOf(agoMs: number, { user, queue }: QueueAddress) {
  const id = freshId();
  const name = `${userName(real, user)}/queues/${queue}/messages/${id}`;
  const at = { timestampValue: timestamp(Date.now() - agoMs) };
  const fields = { envelope: { bytesValue: Buffer.from("{}") }, storedAt: at, expireAt: at };
  await real.commit([{ update: { name, fields } }]);
  return id;
}

it("reads a queue from where it was empty the last time, and finds what became readable late", async () => {
  const queue = freshQueue();
  expect(await page(queue)).toEqual([]);
  expect(beganAgoMs()).toBeGreaterThan(29 * DAY_MS);
  expect(await page(queue)).toEqual([]);
  expect(beganAgoMs()).toBeLessThan(2 * MINUTE_MS);
  const late = await storeAsOf(50_000, queue);
  const [next] = sampleRequests(1, queue);
  await queues.store(next ? [next] : []);
  expect(await page(queue)).toEqual([late, next?.id]);
  expect(beganAgoMs()).toBeLessThan(2 * MINUTE_MS);
});

it("reads from the oldest message that is queued, and moves on once it is acked", async () => {
  const queue = freshQueue();
  const old = await storeAsOf(5 * DAY_MS, queue);
  const newer = await storeAsOf(2 * DAY_MS, queue);
  expect(await page(queue)).toEqual([old, newer]);
  await queues.delete(queue, [old]);
  expect(await page(queue)).toEqual([newer]);
  expect(Math.round(beganAgoMs() / DAY_MS)).toBe(5);
  expect(await page(queue)).toEqual([newer]);
  expect(Math.round(beganAgoMs() / DAY_MS)).toBe(2);
});

it("finds within ten minutes what an operator has imported", async () => {
  const queue = freshQueue();
  expect(await page(queue)).toEqual([]);
  const imported = await storeAsOf(3 * DAY_MS, queue);
  expect(await page(queue)).toEqual([]);
  clock.advance(11 * MINUTE_MS);
  expect(await page(queue)).toEqual([imported]);
  expect(await page(queue)).toEqual([imported]);
});

it("makes a commit that meets contention again for each user", async () => {
  const [hot, other, third] = [freshQueue(), freshQueue(), freshQueue()];
  const requests = [...sampleRequests(3, hot), ...sampleRequests(2, other), ...sampleRequests(1, third)];
  const usersOf = (writes: readonly Write[]) =>
    new Set(writes.map(({ update }) => update?.name?.split("/queues/")[0])).size;
  refuse = (writes) => (usersOf(writes) > 1 ? status.ABORTED : undefined);
  expect(await queues.store(requests)).toEqual(requests.map(() => "stored"));
  expect(commits.map((writes) => writes.length).sort()).toEqual([1, 2, 3]);
  // One user's is not split any more.
  refuse = () => status.ABORTED;
  await expect(queues.store(requests)).rejects.toMatchObject({ code: status.ABORTED });
});

it("makes independent writes although one of them fails, and says which", async () => {
  const name = (id: string) => `${userName(real, freshUser())}/queues/q/messages/${id}`;
  const [bad, good]: [Write, Write] = [
    { update: { name: name("bad"), fields: {} }, currentDocument: { exists: true } },
    { update: { name: name("good"), fields: {} } },
  ];
  const error = await real.writeEach([bad, good]).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(UnavailableError);
  expect(error.cause).toBeInstanceOf(PartlyWrittenError);
  expect((error.cause as PartlyWrittenError).failed).toEqual([bad]);
  expect((await real.get([good.update?.name ?? ""])).documents).toHaveLength(1);
});

it("fails an ack of which a delete failed, and no other that shared the call", async () => {
  const [mine, theirs, failing] = [sampleMessage(), sampleMessage(), sampleMessage()];
  const [first, second] = [freshQueue(), freshQueue()];
  const failingDatabase = overridden(real, {
    async writeEach(writes) {
      const failed = writes.filter((write) => write.delete?.endsWith(failing.id));
      await real.writeEach(writes.filter((write) => !failed.includes(write)));
      const cause = new PartlyWrittenError({ code: status.RESOURCE_EXHAUSTED, message: "busy" }, failed);
      throw new UnavailableError("firestore", cause);
    },
  });
  queues = new FirestoreMessageQueues(failingDatabase, clock, 30 * DAY_MS);
  await queues.store([
    { ...mine, queues: [first] },
    { ...theirs, queues: [second] },
    { ...failing, queues: [second] },
  ]);
  const acks = await Promise.allSettled([
    queues.delete(first, [mine.id]),
    queues.delete(second, [theirs.id, failing.id]),
  ]);
  expect(acks.map((ack) => ack.status)).toEqual(["fulfilled", "rejected"]);
  expect([await page(first), await page(second)]).toEqual([[], [failing.id]]);
});

it("keeps the day, not the time, of the device that was seen first, and sweeps at the time", async () => {
  const own = testClock();
  const devices = new FirestoreDeviceRegistry(real, own, 10);
  const address = { user: freshUser(), device: "phone" as DeviceId };
  const { lastSeen } = await devices.register(address);
  const [record] = (await real.get([userName(real, address.user)])).documents;
  const kept = timestampMs(record?.fields?.oldestSeen);
  expect(kept % DAY_MS).toBe(0);
  expect(lastSeen - kept).toBeLessThan(DAY_MS);

  const swept: string[] = [];
  const sweep = (unseenSince: number) =>
    devices.sweep(unseenSince, async ({ user }) => void swept.push(user));
  await sweep(lastSeen);
  expect(swept).not.toContain(address.user);
  await sweep(lastSeen + 1);
  expect(swept).toContain(address.user);
});
