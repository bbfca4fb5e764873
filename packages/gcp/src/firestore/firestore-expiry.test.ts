import type { QueueAddress, QueueId } from "@dumbwaiter/core";
import { MESSAGE_TTL_MS } from "@dumbwaiter/core/contracts/message-store";
import { freshUser, sampleMessage } from "@dumbwaiter/core/contracts/samples";
import { EMULATOR_TIMEOUT_MS, sharedFirestoreEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { FirestoreDatabase } from "./firestore-database.ts";
import { FirestoreMessageQueues, messageName } from "./firestore-message-queues.ts";
import { timestampMs } from "./firestore-values.ts";

let now = Date.now();
let database: FirestoreDatabase;
let queues: FirestoreMessageQueues;

beforeAll(async () => {
  const { url: emulatorHost } = await sharedFirestoreEmulator();
  database = new FirestoreDatabase({
    projectId: uniqueName(),
    databaseId: "(default)",
    emulatorHost,
    timeoutMs: EMULATOR_TIMEOUT_MS,
  });
  queues = new FirestoreMessageQueues(database, { now: () => now }, MESSAGE_TTL_MS);
});
afterAll(() => database.close());

/** Firestore's policy deletes what has expired hours later. */
it.each([
  { name: "one ms before it expires", laterMs: -1, isThere: true },
  // A page is asked for in whole nanoseconds, which the moment in a double is not.
  { name: "just as old as it may be", laterMs: 0, isThere: true, page: false },
  { name: "one ms after", laterMs: 1, isThere: false },
])("a message $name: is still there: $isThere", async ({ laterMs, isThere, page = true }) => {
  now = Date.now();
  const address: QueueAddress = { user: freshUser(), queue: "default" as QueueId };
  const message = sampleMessage();
  await queues.store([{ ...message, queues: [address] }]);
  const read = () => queues.page(address, { limit: 10, maxBytes: 1e6 });
  const [stored] = (await read()).messages;
  now = (stored?.storedAt ?? 0) + MESSAGE_TTL_MS + laterMs;
  expect((await queues.find(address, message.id)) !== undefined).toBe(isThere);
  expect((await queues.stillQueued(address, [message.id])).size).toBe(isThere ? 1 : 0);
  if (page) expect((await read()).messages).toHaveLength(isThere ? 1 : 0);
});

it("a message is stored with the time when it expires, for Firestore's TTL policy", async () => {
  now = Date.now();
  const address: QueueAddress = { user: freshUser(), queue: "default" as QueueId };
  const message = sampleMessage();
  await queues.store([{ ...message, queues: [address] }]);
  const { documents } = await database.get([messageName(database, address, message.id)]);
  expect(timestampMs(documents[0]?.fields?.expireAt)).toBe(now + MESSAGE_TTL_MS);
});
