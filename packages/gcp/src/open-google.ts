import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs, systemClock } from "@dumbwaiter/core";
import { gauge, type ServiceContext } from "@dumbwaiter/service";
import type { GoogleSettings, PubSubNames } from "@dumbwaiter/service/settings";
import { type FirestoreStore, openFirestore } from "./firestore/open-firestore.ts";
import { forgetClosedStreams } from "./forget-closed-streams.ts";
import { openPubSub, type PubSub } from "./pubsub/open-pubsub.ts";
import { createSetupFaultReporter } from "./report-setup-faults.ts";
import type { GoogleService } from "./setup-faults.ts";

/** What a service on Google Cloud provides. */
interface GoogleContext extends Pick<ServiceContext, "dependencies" | "lifecycle" | "logger" | "registry"> {
  readonly config: {
    readonly google: GoogleSettings;
    readonly limits: { readonly messageTtlMs: number; readonly maxDevices: number };
    readonly pubsub: Partial<PubSubNames>;
  };
}

const STATE_INTERVAL_MS = 5000;
const BACKOFF = { firstMs: 500, maxMs: 10_000 };

/**
 * Opens Firestore and Pub/Sub, reports their states, and closes them when the process stops. Resolves once there are
 * credentials, however long that takes.
 *
 * @throws when the process stops before
 */
export async function openGoogle(
  context: GoogleContext,
): Promise<{ firestore: FirestoreStore; pubsub: PubSub }> {
  const { config, dependencies, lifecycle, registry } = context;
  const { projectId, databaseId, collectionPrefix, ...google } = config.google;
  const { messageTtlMs, maxDevices } = config.limits;
  const identity = async () => (await firestore.identity()) ?? (await pubsub.identity());
  forgetClosedStreams();
  const stopping = new AbortController();
  lifecycle.onStop("intake", "wait for credentials", () => stopping.abort());
  const onSetupFault = createSetupFaultReporter({ ...context, identity });

  const firestore = openFirestore({
    projectId,
    databaseId,
    collectionPrefix,
    endpoint: google.firestoreEndpoint,
    emulatorHost: google.firestoreEmulatorHost,
    clock: systemClock,
    messageTtlMs,
    maxDevices,
    onSetupFault,
  });
  lifecycle.onStop("clients", "firestore", () => firestore.close());

  const pubsub = openPubSub({
    projectId,
    endpoint: google.pubsubEndpoint,
    emulatorHost: google.pubsubEmulatorHost,
    ...config.pubsub,
    onSetupFault,
  });
  lifecycle.onStop("clients", "pubsub", () => pubsub.close());

  async function untilReady(
    dependency: GoogleService,
    { ready }: Pick<FirestoreStore, "ready">,
  ): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await ready();
      } catch (error) {
        stopping.signal.throwIfAborted();
        const call = { dependency, method: "initialize", resource: `projects/${projectId}` };
        onSetupFault({ ...call, code: "UNAUTHENTICATED", error });
        await sleep(backoffMs(BACKOFF, failures), undefined, { signal: stopping.signal });
      }
    }
  }
  await Promise.all([untilReady("firestore", firestore), untilReady("pubsub", pubsub)]);

  gauge(registry, {
    name: "dumbwaiter_ingress_subscription_missing",
    help: "1 while it is known that the ingress topic has no subscription, or that the one to consume is missing: messages are being lost",
    collect() {
      this.set(pubsub.isIngressMissing() ? 1 : 0);
    },
  });
  const states = setInterval(() => {
    dependencies.report("firestore", firestore.isUp(), firestore.failure());
    dependencies.report("pubsub", pubsub.isUp(), pubsub.failure());
  }, STATE_INTERVAL_MS);
  lifecycle.onStop("clients", "dependency states", () => clearInterval(states));
  return { firestore, pubsub };
}
