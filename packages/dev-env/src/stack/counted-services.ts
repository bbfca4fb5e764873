import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { createApi } from "@dumbwaiter/api";
import { createLimits, DAY_MS, type IngressConsumer, systemClock } from "@dumbwaiter/core";
import { NO_LIMITS } from "@dumbwaiter/core/contracts/samples";
import {
  createDevIssuer,
  DEV_AUDIENCE,
  DEV_ISSUER,
  JWKS_PATH,
  newDevIssuerKey,
} from "@dumbwaiter/dev-issuer";
import { openPubSub, provisionPubSub } from "@dumbwaiter/gcp";
import { createProcessor } from "@dumbwaiter/processor";
import { createRealtime } from "@dumbwaiter/realtime";
import { connectRealtimeRedis, connectRedis } from "@dumbwaiter/redis";
import { createLogger, createTokenVerifier } from "@dumbwaiter/service";
import type { Endpoints } from "@dumbwaiter/wire-user";
import express from "express";
import { Registry } from "prom-client";
import { type Tap, tapped } from "../observe/tap.ts";
import {
  EMULATOR_TIMEOUT_MS,
  LOOPBACK,
  type ServerAddress,
  sharedPubSubEmulator,
  uniqueName,
} from "../servers/index.ts";
import { openTestFirestore } from "./test-firestore.ts";

type ServiceName = "api" | "processor" | "realtime";

/** A call to Pub/Sub or Firestore that succeeded, and how many messages, documents or ids it carried. */
export interface CountedCall {
  readonly service: ServiceName;
  readonly method: string;
  readonly items: number;
}

const MAX_ENVELOPE_BYTES = 262_144;

/** One of each service in this process, each with its own clients, whose calls a test can count. */
export async function openCountedServices(redisServer: ServerAddress) {
  const projectId = uniqueName();
  const pubsubHost = (await sharedPubSubEmulator()).url;
  await provisionPubSub({ projectId, emulatorHost: pubsubHost });

  const issuerServer = createServer(express().use(await createDevIssuer(await newDevIssuerKey())));
  const issuer = await listen(issuerServer);
  const clock = systemClock;
  const registry = new Registry();
  const stream = new PassThrough().resume();
  const logger = createLogger({ service: "counted", level: "warn", stream });
  const tokens = createTokenVerifier({
    ...{ issuer: DEV_ISSUER, audience: DEV_AUDIENCE, jwksUrl: issuer + JWKS_PATH },
    ...{ logger, clock },
  });
  const calls: CountedCall[] = [];
  const closing: (() => unknown)[] = [];

  async function google(service: ServiceName) {
    const onCall = (method: string, items: number) => calls.push({ service, method, items });
    const pubsub = openPubSub({
      ...{ projectId, emulatorHost: pubsubHost },
      ...{ timeoutMs: EMULATOR_TIMEOUT_MS, onCall },
    });
    const firestore = await openTestFirestore(projectId, onCall);
    closing.push(pubsub.close, firestore.close);
    const { accessKeys, devices, queues } = firestore;
    return { pubsub, accessKeys, devices, queues };
  }
  const common = { clock, registry, logger, tokens };
  const settings = { maxEnvelopeBytes: MAX_ENVELOPE_BYTES, allowedOrigins: [], trustProxy: false };
  // Health checks after the first would count as well.
  const redis = { url: redisServer.url, checkIntervalMs: 60 * 60 * 1000 };
  const [apiRedis, processorRedis, realtimeRedis] = await Promise.all([
    connectRedis(redis),
    connectRedis(redis),
    connectRealtimeRedis(redis),
  ]);
  const [forApi, forProcessor, forRealtime] = await Promise.all([
    google("api"),
    google("processor"),
    google("realtime"),
  ]);

  const buckets = tapped(realtimeRedis.tokenBuckets);
  const published = tapped(forRealtime.pubsub.publisher);
  const queues = tapped(forRealtime.queues);
  const registered = tapped(forProcessor.devices);
  const consumer = forProcessor.pubsub.consumer({ maxMessages: 4000, maxBytes: 64 * 1024 * 1024 });
  let received = 0;
  let onReceived = () => {};
  const ingress: IngressConsumer = {
    pause: () => consumer.pause(),
    close: () => consumer.close(),
    start: (receive) =>
      consumer.start((delivery) => {
        received += 1;
        onReceived();
        receive(delivery);
      }),
  };

  const apiServer = createServer(
    createApi(
      {
        ...{ ...common, ...forApi, ingress: forApi.pubsub.publisher, bus: apiRedis.deliveryBus },
        ...{ limits: createLimits(apiRedis.tokenBuckets, NO_LIMITS), pushThrottle: apiRedis.pushThrottle },
      },
      settings,
    ),
  );
  const realtimeServer = createServer();
  const realtime = createRealtime(
    realtimeServer,
    {
      ...{ ...common, ...forRealtime, ingress: published.port, queues: queues.port },
      ...{ bus: realtimeRedis.deliveryBus, push: forRealtime.pubsub.pushRequests },
      ...{ adapter: realtimeRedis.adapter, subscriptions: realtimeRedis.subscriptions },
      ...{
        limits: createLimits(buckets.port, NO_LIMITS),
        pushThrottle: realtimeRedis.pushThrottle,
      },
    },
    { ...settings, maxUnacked: 256, maxBufferedBytes: 1024 * 1024, drainMs: 0 },
  );
  const processor = createProcessor(
    {
      ...{ ...common, ...forProcessor, deadLetters: forProcessor.pubsub.deadLetters },
      ...{ ingress, devices: registered.port },
      ...{ bus: processorRedis.deliveryBus, push: forProcessor.pubsub.pushRequests },
      pushThrottle: processorRedis.pushThrottle,
    },
    { maxEnvelopeBytes: MAX_ENVELOPE_BYTES, deviceTtlMs: 45 * DAY_MS, finishTimeoutMs: 5_000 },
  );
  const endpoints: Endpoints = {
    api: await listen(apiServer),
    realtime: await listen(realtimeServer),
    issuer,
  };
  await processor.start();

  return {
    endpoints,
    /** Records that the processor has received; more than were published where a busy machine let leases expire. */
    received: () => received,
    /** Calls since the last time, without lease extensions, which depend on time and not on messages. */
    counted: () => calls.splice(0).filter(({ method }) => method !== "modifyAckDeadline"),
    /**
     * The next so many sends over sockets come at once, to the limits, to the topic, and to the processor; and so do as
     * many acknowledgements, to the limits and to the store.
     */
    rush(messages: number) {
      const arrived = Promise.withResolvers<void>();
      const allReceived = received + messages;
      inGroups(buckets, "take", messages);
      inGroups(published, "publish", messages);
      inGroups(queues, "delete", messages);
      registered.before = () => arrived.promise;
      onReceived = () => {
        if (received >= allReceived) arrived.resolve();
      };
    },
    async close() {
      await realtime.close();
      await processor.stop();
      for (const server of [apiServer, realtimeServer, issuerServer]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
      for (const redis of [apiRedis, processorRedis, realtimeRedis]) redis.close();
      await Promise.all(closing.map((close) => close()));
    },
  };
}

/** Holds the next calls of a method until there are so many of them, and so on. */
function inGroups<Port>(tap: Tap<Port>, method: keyof Port & string, size: number): void {
  let group = Promise.withResolvers<void>();
  let calls = 0;
  tap.before = (called) => {
    if (called !== method) return;
    const { promise, resolve } = group;
    calls += 1;
    if (calls % size === 0) {
      resolve();
      group = Promise.withResolvers();
    }
    return promise;
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  return `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
}
