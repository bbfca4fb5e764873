import { createLimits, systemClock } from "@dumbwaiter/core";
import { openGoogle } from "@dumbwaiter/gcp";
import { openRedis } from "@dumbwaiter/redis";
import {
  closeGracefully,
  createHttpServer,
  createTokenVerifier,
  listen,
  type ServiceContext,
  shareNameKey,
} from "@dumbwaiter/service";
import type { ApiConfig } from "./config.ts";
import { createApi } from "./create-api.ts";

/** Starts the api on Pub/Sub, Firestore and Redis, which are closed when the process stops. */
export async function startApi(context: ServiceContext<ApiConfig>): Promise<void> {
  const { config, dependencies, logger, registry, lifecycle } = context;
  const { firestore, pubsub } = await openGoogle(context);
  const [redis, hashOf] = await Promise.all([
    openRedis(context, firestore),
    shareNameKey(context, firestore.nameKeys),
    pubsub.watchIngress(),
  ]);
  const app = createApi(
    {
      ingress: pubsub.publisher,
      queues: firestore.queues,
      devices: firestore.devices,
      accessKeys: firestore.accessKeys,
      bus: redis.deliveryBus,
      limits: createLimits(redis.tokenBuckets, config.limits, hashOf),
      pushThrottle: redis.pushThrottle,
      tokens: createTokenVerifier({ ...config.auth, logger, dependencies }),
      clock: systemClock,
      logger,
      registry,
    },
    { maxEnvelopeBytes: config.limits.maxEnvelopeBytes, ...config.http },
  );
  const server = createHttpServer(app, { registry });
  lifecycle.onStop("inFlight", "http server", async (deadline) => {
    deadline.addEventListener("abort", () => server.closeAllConnections());
    await closeGracefully(server);
  });
  logger.info({ port: await listen(server, config.listen) }, "listening");
}
