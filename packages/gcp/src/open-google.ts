import { systemClock } from "@dumbwaiter/core";
import type { ServiceContext } from "@dumbwaiter/service";
import type { GoogleSettings, PubSubNames } from "@dumbwaiter/service/settings";
import { type FirestoreStore, openFirestore } from "./firestore/open-firestore.ts";
import { openPubSub, type PubSub } from "./pubsub/open-pubsub.ts";

/** What a service on Google Cloud provides. */
interface GoogleContext extends Pick<ServiceContext, "dependencies" | "lifecycle"> {
  readonly config: {
    readonly google: GoogleSettings;
    readonly limits: { readonly messageTtlMs: number; readonly maxDevices: number };
    readonly pubsub: Partial<PubSubNames>;
  };
}

const STATE_INTERVAL_MS = 5000;

/** Opens Firestore and Pub/Sub, reports their states, and closes them when the process stops. */
export function openGoogle(context: GoogleContext): { firestore: FirestoreStore; pubsub: PubSub } {
  const { config, dependencies, lifecycle } = context;
  const { projectId, databaseId, ...google } = config.google;
  const { messageTtlMs, maxDevices } = config.limits;

  const firestore = openFirestore({
    projectId,
    databaseId,
    endpoint: google.firestoreEndpoint,
    emulatorHost: google.firestoreEmulatorHost,
    clock: systemClock,
    messageTtlMs,
    maxDevices,
  });
  lifecycle.onStop("clients", "firestore", () => firestore.close());

  const pubsub = openPubSub({
    projectId,
    endpoint: google.pubsubEndpoint,
    emulatorHost: google.pubsubEmulatorHost,
    ...config.pubsub,
  });
  lifecycle.onStop("clients", "pubsub", () => pubsub.close());

  const states = setInterval(() => {
    dependencies.report("firestore", firestore.isUp());
    dependencies.report("pubsub", pubsub.isUp());
  }, STATE_INTERVAL_MS);
  lifecycle.onStop("clients", "dependency states", () => clearInterval(states));
  return { firestore, pubsub };
}
