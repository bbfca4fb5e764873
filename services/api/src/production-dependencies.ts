import { systemClock } from "@dumbwaiter/core";
import { openFirestore, openPubSub } from "@dumbwaiter/gcp";
import { connectRedis } from "@dumbwaiter/redis";
import { counter, createTokenVerifier, type ServiceContext } from "@dumbwaiter/service";
import type { ApiAdapters } from "./create-service.ts";

const STATE_INTERVAL_MS = 5000;

/** Opens Pub/Sub, Firestore and Redis, and has them closed when the process stops. */
export async function openProductionDependencies(context: ServiceContext<"api">): Promise<ApiAdapters> {
  const { config, dependencies, lifecycle, logger, registry } = context;
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
    ingress: pubsub.publisher,
    queues: firestore.queues,
    devices: firestore.devices,
    bus: redis.deliveryBus,
    limits: redis.sendLimits(config.sendLimits),
    pushThrottle: redis.pushThrottle,
    tokens: createTokenVerifier({ ...config.auth, logger, dependencies }),
  };
}
