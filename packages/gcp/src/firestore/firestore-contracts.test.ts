import {
  accessKeysContract,
  deviceRegistryContract,
  deviceRemovalContract,
  messageQueuesContract,
  type OpenMessageStore,
} from "@dumbwaiter/core/contracts";
import { EMULATOR_TIMEOUT_MS, sharedFirestoreEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
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
