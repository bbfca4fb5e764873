import { systemClock } from "@dumbwaiter/core";
import {
  accessKeysContract,
  deviceRegistryContract,
  deviceRemovalContract,
  messageQueuesContract,
  nameKeysContract,
  type OpenMessageStore,
  storeSettings,
} from "@dumbwaiter/core/contracts";
import { EMULATOR_TIMEOUT_MS, sharedFirestoreEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { databaseName, firestoreClient, type Write } from "./firestore-client.ts";
import { openFirestore } from "./open-firestore.ts";

const projectId = uniqueName();

const open = (async (settings) => {
  const { url } = await sharedFirestoreEmulator();
  const store = openFirestore({
    ...settings,
    projectId,
    databaseId: "(default)",
    emulatorHost: url,
    timeoutMs: EMULATOR_TIMEOUT_MS,
  });
  return { ...store, unstorable: Buffer.alloc(1024 * 1024, 32) };
}) satisfies OpenMessageStore;

messageQueuesContract("Firestore", open);
deviceRegistryContract("Firestore", open);
deviceRemovalContract("Firestore", open);
accessKeysContract("Firestore", async (settings) => [await open(settings), await open(settings)]);
nameKeysContract("Firestore", async () => {
  const { url: emulatorHost } = await sharedFirestoreEmulator();
  const database = {
    projectId: uniqueName(),
    databaseId: "(default)",
    emulatorHost,
    timeoutMs: EMULATOR_TIMEOUT_MS,
  };
  const closing: (() => Promise<void>)[] = [];
  const name = `${databaseName(database)}/documents/dumbwaiter-secrets/limits`;
  const write = async (writes: Write[]) => {
    const client = firestoreClient(database);
    await (await client.ready()).commit({ database: databaseName(database), writes });
    await client.close();
  };
  return {
    open() {
      const store = openFirestore({ ...storeSettings(systemClock), ...database });
      closing.push(() => store.close());
      return store.nameKeys;
    },
    remove: () => write([{ delete: name }]),
    spoil: () => write([{ update: { name, fields: { key: { stringValue: "none" } } } }]),
    close: () => Promise.all(closing.map((close) => close())),
  };
});
