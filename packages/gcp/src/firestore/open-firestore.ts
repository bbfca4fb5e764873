import type { Clock, DeviceRegistry, MessageQueues } from "@dumbwaiter/core";
import { FirestoreDatabase, type FirestoreSettings } from "./firestore-database.ts";
import { FirestoreDeviceRegistry } from "./firestore-device-registry.ts";
import { FirestoreMessageQueues } from "./firestore-message-queues.ts";

interface FirestoreStoreSettings extends FirestoreSettings {
  readonly clock: Clock;
  readonly messageTtlMs: number;
  readonly maxDevices: number;
}

export interface FirestoreStore {
  readonly queues: MessageQueues;
  readonly devices: DeviceRegistry;
  /** Whether Firestore answered the last call. */
  isUp(): boolean;
  /** End the calls first. */
  close(): Promise<void>;
}

/** Queues and devices in one Firestore database. Connects on first use. */
export function openFirestore(settings: FirestoreStoreSettings): FirestoreStore {
  const { clock, messageTtlMs, maxDevices } = settings;
  const database = new FirestoreDatabase(settings);
  return {
    queues: new FirestoreMessageQueues(database, clock, messageTtlMs),
    devices: new FirestoreDeviceRegistry(database, clock, maxDevices),
    isUp: () => database.isUp,
    close: () => database.close(),
  };
}
