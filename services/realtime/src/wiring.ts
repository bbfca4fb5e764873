import { createLimits, systemClock } from "@dumbwaiter/core";
import { openGoogle } from "@dumbwaiter/gcp";
import { openRealtimeRedis } from "@dumbwaiter/redis";
import {
  closeNow,
  createHttpServer,
  createTokenVerifier,
  listen,
  type ServiceContext,
  shareNameKey,
} from "@dumbwaiter/service";
import type { RealtimeConfig } from "./config.ts";
import { createRealtime } from "./create-realtime.ts";

/** Starts realtime on Pub/Sub, Firestore and Redis, which are closed when the process stops. */
export async function startRealtime(context: ServiceContext<RealtimeConfig>): Promise<void> {
  const { config, dependencies, logger, registry, lifecycle } = context;
  const { firestore, pubsub } = await openGoogle(context);
  const [redis, hashOf] = await Promise.all([
    openRealtimeRedis(context, firestore),
    shareNameKey(context, firestore.nameKeys),
    pubsub.watchIngress(),
  ]);
  const server = createHttpServer((_request, response) => void response.writeHead(404).end(), { registry });
  const realtime = createRealtime(
    server,
    {
      adapter: redis.adapter,
      bus: redis.deliveryBus,
      subscriptions: redis.subscriptions,
      queues: firestore.queues,
      devices: firestore.devices,
      accessKeys: firestore.accessKeys,
      tokens: createTokenVerifier({ ...config.auth, logger, dependencies }),
      ingress: pubsub.publisher,
      limits: createLimits(redis.tokenBuckets, config.limits, hashOf),
      push: pubsub.pushRequests,
      pushThrottle: redis.pushThrottle,
      clock: systemClock,
      logger,
      registry,
    },
    {
      maxEnvelopeBytes: config.limits.maxEnvelopeBytes,
      maxUnacked: config.limits.maxUnacked,
      maxBufferedBytes: config.limits.maxBufferedBytes,
      ...config.http,
      drainMs: config.shutdown.drainMs,
    },
  );
  lifecycle.onStop("intake", "sockets", () => realtime.drain());
  lifecycle.onStop("inFlight", "sockets", async () => {
    await realtime.close();
    await closeNow(server);
  });
  logger.info({ port: await listen(server, config.listen) }, "listening");
}
