import { join } from "node:path";
import { createApi } from "@dumbwaiter/api";
import { createLimits, systemClock } from "@dumbwaiter/core";
import {
  createDevIssuer,
  DEV_AUDIENCE,
  DEV_ISSUER,
  JWKS_PATH,
  loadDevIssuerKey,
} from "@dumbwaiter/dev-issuer";
import { InMemoryPushThrottle, InMemoryTokenBuckets, InProcessDeliveryBus } from "@dumbwaiter/in-process";
import { createProcessor } from "@dumbwaiter/processor";
import { createRealtime } from "@dumbwaiter/realtime";
import {
  closeGracefully,
  counter,
  createHttpServer,
  createTokenVerifier,
  LOOPBACK_NAMES,
  listen,
  type ServiceContext,
  StartError,
} from "@dumbwaiter/service";
import { openSqliteStore } from "@dumbwaiter/sqlite";
import express from "express";
import type { EmbeddedConfig } from "./config.ts";
import { createDemoPage } from "./demo-page/create-demo-page.ts";

/**
 * Only this machine, under its own names, may reach the development issuer, which issues a token for any user to any
 * caller.
 */
export const LOOPBACK_ONLY = { host: "127.0.0.1", allowedHosts: LOOPBACK_NAMES };

/** All batches share one disk: a small one does not hold up the others for long, and no queue has limits of its own. */
const BATCH_BYTES = 256 * 1024;

/** Otherwise everybody's deliveries wait behind all that many senders have published. */
const LARGE_INGRESS_BYTES = 2 * 1024 * 1024;

/**
 * Starts api, processor and realtime in this process, on SQLite, with the development issuer and the demo page.
 *
 * @returns the URL that serves all of them
 */
export async function startEmbedded(context: ServiceContext<EmbeddedConfig>): Promise<string> {
  const { config, logger, registry, lifecycle } = context;
  const { dataDir } = config.storage;
  const clock = systemClock;
  const expired = counter(registry, {
    name: "dumbwaiter_embedded_messages_expired_total",
    help: "Messages deleted because they expired before they were acknowledged, counted per queue",
  });
  const onExpired = (messages: number) => expired.inc(messages);
  const storeSettings = { dataDir, clock, onExpired, maxLargeIngressBytes: LARGE_INGRESS_BYTES };
  const store = await openSqliteStore({ ...storeSettings, ...config.limits }).catch((error: Error) => {
    throw new StartError(`${error.message}; set DATA_DIR to another directory`, { cause: error });
  });
  lifecycle.onStop("clients", "store", () => store.close());
  const http = { ...config.http, trustProxy: false };
  const issuer = await createDevIssuer(await loadDevIssuerKey(join(dataDir, "dev-issuer-key.json")), http);

  const app = express().disable("x-powered-by");
  // Not by way of the issuer and the demo page: that takes a twelfth of a send.
  const server = createHttpServer(
    (request, response) => (request.url?.startsWith("/api/") ? api : app)(request, response),
    { registry, allowedHosts: LOOPBACK_ONLY.allowedHosts },
  );
  const port = await listen(server, { port: config.listen.port, host: LOOPBACK_ONLY.host });
  const url = `http://${LOOPBACK_ONLY.host}:${port}`;

  // Nothing below awaits until the routes are in place, so the first request finds them.
  const bus = new InProcessDeliveryBus();
  const dependencies = {
    ...store,
    ingress: store.ingressPublisher,
    push: store.pushRequests,
    bus,
    subscriptions: bus,
    adapter: bus.adapter,
    limits: createLimits(new InMemoryTokenBuckets(clock), config.limits),
    pushThrottle: new InMemoryPushThrottle(clock),
    tokens: createTokenVerifier({
      issuer: DEV_ISSUER,
      audience: DEV_AUDIENCE,
      jwksUrl: url + JWKS_PATH,
      logger,
    }),
    clock,
    logger,
    registry,
  };
  const settings = { ...config.limits, ...http, drainMs: 0 };
  app.use(issuer);
  app.use(createDemoPage({ ...store, registry }));
  const api = createApi(dependencies, settings);
  app.use(api);
  const realtime = createRealtime(server, dependencies, settings);
  const processor = createProcessor(
    { ...dependencies, ingress: store.ingressConsumer },
    {
      ...config.limits,
      finishTimeoutMs: config.shutdown.graceMs / 3,
      batch: { maxBytes: BATCH_BYTES, maxShared: Number.POSITIVE_INFINITY },
    },
  );
  lifecycle.onStop("intake", "server", () => Promise.all([realtime.drain(), closeGracefully(server)]));
  lifecycle.onStop("inFlight", "services", () => Promise.all([realtime.close(), processor.stop()]));
  await processor.start();
  return url;
}
