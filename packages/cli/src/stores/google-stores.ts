import { DAY_MS, systemClock } from "@dumbwaiter/core";
import { DeadLetterInbox, type KeptLetter, openFirestore } from "@dumbwaiter/gcp";
import type { Env } from "@dumbwaiter/service/settings";
import { GOOGLE_SETTINGS } from "./google-settings.ts";
import type { Letter, Stores } from "./stores.ts";

/** Firestore, and the subscription that keeps dead letters; each connects when it is first used. */
export function openGoogleStores(env: Env): Stores {
  const { google, pubsub } = GOOGLE_SETTINGS.load(env);
  const { projectId, databaseId, collectionPrefix } = google;
  const firestore = openFirestore({
    projectId,
    databaseId,
    collectionPrefix,
    endpoint: google.firestoreEndpoint,
    emulatorHost: google.firestoreEmulatorHost,
    // For what is not used here: it reads copies, which it does not hide, and registers no devices.
    clock: systemClock,
    messageTtlMs: DAY_MS,
    maxDevices: 1,
  });
  const inbox = new DeadLetterInbox({
    projectId,
    endpoint: google.pubsubEndpoint,
    emulatorHost: google.pubsubEmulatorHost,
    ...pubsub,
  });
  return {
    async devicesOf(user) {
      await firestore.ready();
      return (await firestore.devices.lookup([user])).get(user) ?? [];
    },
    copies: firestore.copies,
    isOnIngress: () => undefined,
    listLetters: (show) => inbox.list((letter) => show(letterOf(letter))),
    replay: (isChosen) => inbox.replay((letter) => isChosen(letterOf(letter))),
    async close() {
      await Promise.all([firestore.close(), inbox.close()]);
    },
  };
}

function letterOf({ letterId, givenUpAt, code, reason, record }: KeptLetter): Letter {
  return { letterId, givenUpAt, code, messageId: record.attributes.id, reason };
}
