import type {
  AccessKeys,
  Clock,
  DeviceRegistry,
  MessageCopies,
  MessageQueues,
  NameKeys,
} from "@dumbwaiter/core";
import { FirestoreAccessKeys } from "./firestore-access-keys.ts";
import type { FirestoreSettings } from "./firestore-client.ts";
import { FirestoreDatabase } from "./firestore-database.ts";
import { FirestoreDeviceRegistry } from "./firestore-device-registry.ts";
import { FirestoreMessageCopies } from "./firestore-message-copies.ts";
import { FirestoreMessageQueues } from "./firestore-message-queues.ts";
import { FirestoreNameKeys } from "./firestore-name-keys.ts";

interface FirestoreStoreSettings extends FirestoreSettings {
  readonly clock: Clock;
  readonly messageTtlMs: number;
  readonly maxDevices: number;
}

export interface FirestoreStore {
  readonly queues: MessageQueues;
  readonly devices: DeviceRegistry;
  readonly accessKeys: AccessKeys;
  readonly copies: MessageCopies;
  readonly nameKeys: NameKeys;
  /** Resolves once calls can be made. @throws CredentialsError */
  ready(): Promise<void>;
  /** The service account that the calls come from, if there is one. */
  identity(): Promise<string | undefined>;
  /** A token of the same credentials for other services of Google Cloud. @throws CredentialsError */
  accessToken(): Promise<string>;
  /** Whether Firestore answered the last call. */
  isUp(): boolean;
  /** Why it did not, if it did not. */
  failure(): unknown;
  /** End the calls first. */
  close(): Promise<void>;
}

/** Queues, devices and access keys in one Firestore database. Connects on first use. */
export function openFirestore(settings: FirestoreStoreSettings): FirestoreStore {
  const { clock, messageTtlMs, maxDevices } = settings;
  const database = new FirestoreDatabase(settings);
  return {
    queues: new FirestoreMessageQueues(database, clock, messageTtlMs),
    devices: new FirestoreDeviceRegistry(database, clock, maxDevices),
    accessKeys: new FirestoreAccessKeys(database, clock),
    copies: new FirestoreMessageCopies(database),
    nameKeys: new FirestoreNameKeys(database),
    ready: () => database.ready(),
    identity: () => database.identity(),
    accessToken: () => database.accessToken(),
    isUp: () => database.isUp,
    failure: () => database.failure,
    close: () => database.close(),
  };
}
