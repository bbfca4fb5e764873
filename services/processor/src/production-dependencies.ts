import { systemClock } from "@dumbwaiter/core";
import { openFirestore, openPubSub } from "@dumbwaiter/gcp";
import { connectRedis } from "@dumbwaiter/redis";
import { counter, type ServiceContext } from "@dumbwaiter/service";
import type { ProcessorAdapters } from "./create-service.ts";

const MIB = 1024 * 1024;

/** Enough to fill all batches while as many records gather. */
const MAX_MESSAGES = 4000;
const MAX_BYTES = 64 * MIB;

/** A record is held several times over on its way: as it came, parsed, and in the store's and the bus's requests. */
const MEMORY_SHARE = 1 / 8;

const STATE_INTERVAL_MS = 5000;

/**
 * Opens Pub/Sub, Firestore and Redis, and has them closed when the process stops.
 *
 * @param memoryBytes what the process may use
 */
export async function openProductionDependencies(
  context: ServiceContext<"processor">,
  memoryBytes: number,
): Promise<ProcessorAdapters> {
  const { config, dependencies, lifecycle, registry } = context;
  const { projectId, databaseId, firestoreEmulatorHost, pubsubEmulatorHost } = config.google;

  const firestore = openFirestore({
    projectId,
    databaseId,
    emulatorHost: firestoreEmulatorHost,
    clock: systemClock,
    messageTtlMs: config.limits.messageTtlMs,
    maxDevices: config.limits.maxDevices,
  });
  lifecycle.onStop("clients", "firestore", () => firestore.close());

  const pubsub = openPubSub({ projectId, emulatorHost: pubsubEmulatorHost, ...config.pubsub });
  lifecycle.onStop("clients", "pubsub", () => pubsub.close());

  const limitsUnavailable = counter(registry, {
    name: "dumbwaiter_limits_unavailable_total",
    help: "Sends and push requests let through because their limit could not be read",
  });
  const redis = await connectRedis({
    ...config.redis,
    onStateChange: ({ up, cause }) => dependencies.report("redis", up, cause),
    onLimitsUnavailable: () => limitsUnavailable.inc(),
  });
  lifecycle.onStop("clients", "redis", () => redis.close());

  const states = setInterval(() => {
    dependencies.report("firestore", firestore.isUp());
    dependencies.report("pubsub", pubsub.isUp());
  }, STATE_INTERVAL_MS);
  lifecycle.onStop("clients", "dependency states", () => clearInterval(states));

  return {
    ingress: pubsub.consumer({
      maxMessages: MAX_MESSAGES,
      maxBytes: Math.min(MAX_BYTES, memoryBytes * MEMORY_SHARE),
    }),
    devices: firestore.devices,
    queues: firestore.queues,
    bus: redis.deliveryBus,
    push: pubsub.pushRequests,
    pushThrottle: redis.pushThrottle,
    deadLetters: pubsub.deadLetters,
  };
}
