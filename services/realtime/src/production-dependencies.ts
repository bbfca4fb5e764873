import { openGoogle } from "@dumbwaiter/gcp";
import { connectRealtimeRedis, openRedis } from "@dumbwaiter/redis";
import { createTokenVerifier, type ServiceContext } from "@dumbwaiter/service";
import type { RealtimeAdapters } from "./create-service.ts";

/** Opens Pub/Sub, Firestore and Redis, and has them closed when the process stops. */
export async function openProductionDependencies(
  context: ServiceContext<"realtime">,
): Promise<RealtimeAdapters> {
  const { config, dependencies, logger } = context;
  const { firestore, pubsub } = openGoogle(context);
  const redis = await openRedis(context, connectRealtimeRedis);
  return {
    adapter: redis.adapter,
    bus: redis.deliveryBus,
    subscriptions: redis.subscriptions,
    queues: firestore.queues,
    devices: firestore.devices,
    tokens: createTokenVerifier({ ...config.auth, logger, dependencies }),
    ingress: pubsub.publisher,
    limits: redis.sendLimits(config.sendLimits),
    push: pubsub.pushRequests,
    pushThrottle: redis.pushThrottle,
  };
}
