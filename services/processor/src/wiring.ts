import { systemClock } from "@dumbwaiter/core";
import { openGoogle } from "@dumbwaiter/gcp";
import { openRedis } from "@dumbwaiter/redis";
import type { ServiceContext } from "@dumbwaiter/service";
import type { ProcessorConfig } from "./config.ts";
import { createProcessor } from "./processor.ts";

const MIB = 1024 * 1024;

/** Enough to fill all batches while as many records gather. */
const MAX_MESSAGES = 4000;
const MAX_BYTES = 64 * MIB;

/** Each record is held several times: as it came, parsed, and in the requests to the store and the bus. */
const MEMORY_SHARE = 1 / 8;

/** Share of the shutdown grace: less than the `inFlight` phase has, which leaves time to send the last acks. */
const FINISH_SHARE = 0.35;

/**
 * Starts the processor on Pub/Sub, Firestore and Redis, which are closed when the process stops.
 *
 * @param memoryBytes what the process may use
 */
export async function startProcessor(
  context: ServiceContext<ProcessorConfig>,
  memoryBytes: number,
): Promise<void> {
  const { config, logger, registry, lifecycle } = context;
  const { firestore, pubsub } = await openGoogle(context);
  const redis = await openRedis(context, firestore);
  const processor = createProcessor(
    {
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
      clock: systemClock,
      logger,
      registry,
    },
    {
      maxEnvelopeBytes: config.limits.maxEnvelopeBytes,
      deviceTtlMs: config.limits.deviceTtlMs,
      finishTimeoutMs: config.shutdown.graceMs * FINISH_SHARE,
    },
  );
  lifecycle.onStop("inFlight", "processor", () => processor.stop());
  await processor.start();
}
