import { openGoogle } from "@dumbwaiter/gcp";
import { connectRedis, openRedis } from "@dumbwaiter/redis";
import type { ServiceContext } from "@dumbwaiter/service";
import type { ProcessorAdapters } from "./create-service.ts";

const MIB = 1024 * 1024;

/** Enough to fill all batches while as many records gather. */
const MAX_MESSAGES = 4000;
const MAX_BYTES = 64 * MIB;

/** A record is held several times over on its way: as it came, parsed, and in the store's and the bus's requests. */
const MEMORY_SHARE = 1 / 8;

/**
 * Opens Pub/Sub, Firestore and Redis, and has them closed when the process stops.
 *
 * @param memoryBytes what the process may use
 */
export async function openProductionDependencies(
  context: ServiceContext<"processor">,
  memoryBytes: number,
): Promise<ProcessorAdapters> {
  const { firestore, pubsub } = openGoogle(context);
  const redis = await openRedis(context, connectRedis);
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
