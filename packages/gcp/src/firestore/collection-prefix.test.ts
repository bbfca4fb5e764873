import { DAY_MS, type DeviceId } from "@dumbwaiter/core";
import { storeSettings } from "@dumbwaiter/core/contracts/message-store";
import { freshUser, sampleMessage, testClock } from "@dumbwaiter/core/contracts/samples";
import { EMULATOR_TIMEOUT_MS, sharedFirestoreEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { GoogleClient } from "../google-client.ts";
import {
  databaseName,
  type FirestoreClient,
  type FirestoreSettings,
  firestoreClient,
} from "./firestore-client.ts";
import { type FirestoreStore, openFirestore } from "./open-firestore.ts";

const PREFIXES = [undefined, "prod.shop.", "prod.shop"] as const;
const projectId = uniqueName();
const clock = testClock();
let settings: FirestoreSettings;
let client: GoogleClient<FirestoreClient>;
let stores: readonly FirestoreStore[];

beforeAll(async () => {
  const { url: emulatorHost } = await sharedFirestoreEmulator();
  settings = { projectId, databaseId: "(default)", emulatorHost, timeoutMs: EMULATOR_TIMEOUT_MS };
  client = firestoreClient(settings);
  stores = PREFIXES.map((collectionPrefix) =>
    openFirestore({ ...storeSettings(clock), ...settings, collectionPrefix }),
  );
});
afterAll(() => Promise.all([client, ...stores].map((each) => each.close())));

async function collectionIds(document = ""): Promise<string[]> {
  const parent = `${databaseName(settings)}/documents${document}`;
  const [ids] = await (await client.ready()).listCollectionIds({ parent });
  return ids.sort();
}

it("installations with different prefixes share a database, and none of its collections", async () => {
  const user = freshUser();
  const id = "phone" as DeviceId;
  const messages = stores.map((_, index) => sampleMessage(`of ${index}`));
  const addresses = await Promise.all(
    stores.map(async ({ devices }) => ({
      user,
      queue: (await devices.register({ user, device: id })).queue,
    })),
  );
  // The same user and queue, as far as the installations know.
  expect(new Set(addresses.map(({ queue }) => queue)).size).toBe(1);
  for (const [index, { queues }] of stores.entries()) {
    const message = messages[index] as (typeof messages)[0];
    expect(await queues.store([{ ...message, queues: addresses.slice(index, index + 1) }])).toEqual([
      "stored",
    ]);
  }
  for (const [index, { queues }] of stores.entries()) {
    const [address] = addresses as [(typeof addresses)[0]];
    const page = await queues.page(address, { limit: 10, maxBytes: 1e6 });
    expect(page.messages).toMatchObject([messages[index] as object]);
  }
  expect(await collectionIds()).toEqual(["prod.shop.users", "prod.shopusers", "users"]);
  for (const prefix of PREFIXES) {
    const record = `/${prefix ?? ""}users/u:${user}`;
    expect(await collectionIds(record)).toEqual([`${prefix ?? ""}queues`]);
  }

  // The sweep of one removes nothing of the others.
  clock.advance(50 * DAY_MS);
  const removed: string[] = [];
  await stores[1]?.devices.sweep(clock.now() - 45 * DAY_MS, async ({ user }) => void removed.push(user));
  expect(removed).toEqual([user]);
  const left = await Promise.all(stores.map(({ devices }) => devices.lookup([user])));
  expect(left.map((found) => found.get(user)?.length ?? 0)).toEqual([1, 0, 1]);
});
