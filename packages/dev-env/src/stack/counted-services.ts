import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { createApi } from "@dumbwaiter/api";
import {
  createLimits,
  DAY_MS,
  type IngressConsumer,
  type IngressRecord,
  systemClock,
} from "@dumbwaiter/core";
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
import { countSocketWrites } from "../observe/socket-writes.ts";
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

  const buckets = [tapped(apiRedis.tokenBuckets), tapped(realtimeRedis.tokenBuckets)] as const;
  const published = [tapped(forApi.pubsub.publisher), tapped(forRealtime.pubsub.publisher)] as const;
  const queues = tapped(forRealtime.queues);
  const consumer = forProcessor.pubsub.consumer({ maxMessages: 4000, maxBytes: 64 * 1024 * 1024 });
  let received = 0;
  let receivedBytes = 0;
  let hold: ((receive: () => void) => void) | undefined;
  const ingress: IngressConsumer = {
    pause: () => consumer.pause(),
    close: () => consumer.close(),
    start: (receive) =>
      consumer.start((delivery) => {
        received += 1;
        receivedBytes += recordBytes(delivery.record);
        if (hold === undefined) receive(delivery);
        else hold(() => receive(delivery));
      }),
  };

  const apiServer = createServer(
    createApi(
      {
        ...{ ...common, ...forApi, ingress: published[0].port, bus: apiRedis.deliveryBus },
        ...{ limits: createLimits(buckets[0].port, NO_LIMITS), pushThrottle: apiRedis.pushThrottle },
      },
      settings,
    ),
  );
  const realtimeServer = createServer();
  const writes = { api: countSocketWrites(apiServer), realtime: countSocketWrites(realtimeServer) };
  const realtime = createRealtime(
    realtimeServer,
    {
      ...{ ...common, ...forRealtime, ingress: published[1].port, queues: queues.port },
      ...{ bus: realtimeRedis.deliveryBus, push: forRealtime.pubsub.pushRequests },
      ...{ adapter: realtimeRedis.adapter, subscriptions: realtimeRedis.subscriptions },
      ...{ limits: createLimits(buckets[1].port, NO_LIMITS), pushThrottle: realtimeRedis.pushThrottle },
    },
    { ...settings, maxUnacked: 256, maxBufferedBytes: 1024 * 1024, drainMs: 0 },
  );
  const processor = createProcessor(
    {
      ...{ ...common, ...forProcessor, deadLetters: forProcessor.pubsub.deadLetters },
      ...{ ingress, bus: processorRedis.deliveryBus, push: forProcessor.pubsub.pushRequests },
      pushThrottle: processorRedis.pushThrottle,
    },
    {
      ...{ maxEnvelopeBytes: MAX_ENVELOPE_BYTES, deviceTtlMs: 45 * DAY_MS, finishTimeoutMs: 5_000 },
      // The first begins at a random time: practically never while calls are counted.
      sweepIntervalMs: 20 * DAY_MS,
    },
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
    /** Bytes of these records, as Pub/Sub bills them, without what it adds itself. */
    receivedBytes: () => receivedBytes,
    /** What was written to the sockets of clients so far. */
    writes: () => ({ api: writes.api(), realtime: writes.realtime() }),
    /** Calls since the last time, without lease extensions, which depend on time and not on messages. */
    counted: () => calls.splice(0).filter(({ method }) => method !== "modifyAckDeadline"),
    /**
     * The next so many sends come at once, to the limits, to the topic, and to the processor; and so do as many
     * acknowledgements over sockets, to the limits and to the store. From then on all that is counted comes in such groups.
     */
    rush(messages: number) {
      const held: (() => void)[] = [];
      for (const tap of buckets) inGroups(tap, "take", messages);
      for (const tap of published) inGroups(tap, "publish", messages);
      inGroups(queues, "delete", messages);
      hold = (receive) => {
        held.push(receive);
        if (held.length < messages) return;
        hold = undefined;
        for (const each of held) each();
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

function recordBytes({ data, attributes }: IngressRecord): number {
  return data.length + Object.entries(attributes).flat().join("").length;
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
