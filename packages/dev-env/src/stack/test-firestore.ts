import { DAY_MS, systemClock } from "@dumbwaiter/core";
import { type FirestoreStore, openFirestore } from "@dumbwaiter/gcp";
import { EMULATOR_TIMEOUT_MS, sharedFirestoreEmulator } from "../servers/index.ts";

/** Firestore as a service with the default limits opens it, on the shared emulator. */
export async function openTestFirestore(
  projectId: string,
  onCall?: (method: string, items: number) => void,
): Promise<FirestoreStore> {
  return openFirestore({
    ...{ projectId, databaseId: "(default)", emulatorHost: (await sharedFirestoreEmulator()).url },
    ...{ clock: systemClock, messageTtlMs: 30 * DAY_MS, maxDevices: 10 },
    timeoutMs: EMULATOR_TIMEOUT_MS,
    onCall,
  });
}
