import { openGoogle } from "@dumbwaiter/gcp";
import { connectRedis, openRedis } from "@dumbwaiter/redis";
import { createTokenVerifier, type ServiceContext } from "@dumbwaiter/service";
import type { ApiAdapters } from "./create-service.ts";

/** Opens Pub/Sub, Firestore and Redis, and has them closed when the process stops. */
export async function openProductionDependencies(context: ServiceContext<"api">): Promise<ApiAdapters> {
  const { config, dependencies, logger } = context;
  const { firestore, pubsub } = openGoogle(context);
  const redis = await openRedis(context, connectRedis);
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
