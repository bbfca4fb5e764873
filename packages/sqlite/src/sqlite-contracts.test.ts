import {
  accessKeysContract,
  deadLettersContract,
  deviceRegistryContract,
  deviceRemovalContract,
  ingressContract,
  type MessageStoreSettings,
  messageQueuesContract,
  pushRequestsContract,
} from "@dumbwaiter/core/contracts";
import { openTemporaryStore } from "../testing/temporary-store.ts";

async function openMessageStore(settings: MessageStoreSettings) {
  const store = await openTemporaryStore(settings);
  return { ...store, unstorable: Buffer.alloc(1024 * 1024, 32) };
}

messageQueuesContract("SQLite", openMessageStore);
deviceRegistryContract("SQLite", openMessageStore);
deviceRemovalContract("SQLite", openMessageStore);

accessKeysContract("SQLite", async (settings) => {
  // One process has the directory to itself.
  const store = await openTemporaryStore(settings);
  return [store, { ...store, close: async () => {} }];
});

ingressContract("SQLite", async () => {
  const { ingressPublisher, createIngressConsumer, close } = await openTemporaryStore();
  return { publisher: ingressPublisher, consumer: createIngressConsumer, close };
});

deadLettersContract("SQLite", async () => {
  const { deadLetters, close } = await openTemporaryStore();
  return { deadLetters, read: () => deadLetters.list(), close };
});

pushRequestsContract("SQLite", async () => {
  const { pushRequests, close } = await openTemporaryStore();
  return { pushRequests, read: () => pushRequests.list(), close };
});
