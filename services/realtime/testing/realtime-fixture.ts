import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import {
  type AccessKeyHash,
  createLimits,
  type DeliverySubscriptions,
  type DeviceId,
  findDevice,
  type IngressRecord,
  type MessageId,
  type Poke,
  type PushTarget,
  parseAccessKey,
  parseSubject,
  type UserId,
} from "@dumbwaiter/core";
import { NO_LIMITS, testClock } from "@dumbwaiter/core/contracts/samples";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { metricValue } from "@dumbwaiter/dev-env/observe/metric-value";
import { tapped } from "@dumbwaiter/dev-env/observe/tap";
import { type ClientOptions, connectClient, type TestClient } from "@dumbwaiter/dev-env/observe/test-client";
import {
  createDevIssuer,
  DEV_AUDIENCE,
  DEV_ISSUER,
  JWKS_PATH,
  newDevIssuerKey,
} from "@dumbwaiter/dev-issuer";
import { InMemoryPushThrottle, InMemoryTokenBuckets, InProcessDeliveryBus } from "@dumbwaiter/in-process";
import { createLogger, createTokenVerifier } from "@dumbwaiter/service";
import { openTemporaryStore } from "@dumbwaiter/sqlite/testing/temporary-store";
import express from "express";
import { Registry } from "prom-client";
import { createRealtime, type RealtimeDependencies, type RealtimeSettings } from "../src/index.ts";
import { createPosting } from "./posting.ts";

const SETTINGS: RealtimeSettings = {
  maxEnvelopeBytes: 262_144,
  maxUnacked: 256,
  maxBufferedBytes: 1024 * 1024,
  allowedOrigins: [],
  trustProxy: false,
  drainMs: 0,
};

export type RealtimeFixture = Awaited<ReturnType<typeof openRealtimeFixture>>;

/** Realtime on a real store, bus and issuer, each port tapped, and what the processor would do. */
export async function openRealtimeFixture(overrides: Partial<RealtimeSettings> = {}) {
  const clock = testClock();
  const store = await openTemporaryStore({ clock, maxDevices: 10 });
  const stream = new PassThrough();
  const logger = createLogger({ service: "realtime", level: "info", stream });
  const app = express().use(await createDevIssuer(await newDevIssuerKey()));
  const issuer = createServer(app);
  const issuerUrl = await listen(issuer);
  const taps = {
    accessKeys: tapped(store.accessKeys),
    devices: tapped(store.devices),
    queues: tapped(store.queues),
    push: tapped(store.pushRequests),
    ingress: tapped(store.ingressPublisher),
    tokens: tapped(
      createTokenVerifier({
        issuer: DEV_ISSUER,
        audience: DEV_AUDIENCE,
        jwksUrl: issuerUrl + JWKS_PATH,
        logger,
        clock,
      }),
    ),
  };
  const inProcess = new InProcessDeliveryBus();
  const subscriptions = tapped<DeliverySubscriptions>(inProcess);
  const pokeListeners: ((poke: Poke) => void)[] = [];
  const pushThrottle = new InMemoryPushThrottle(clock);
  const clients = new Set<TestClient>();
  const accepted: IngressRecord[] = [];
  await store.ingressConsumer.start((delivery) => {
    accepted.push(delivery.record);
    delivery.ack();
  });

  async function startNode(more: Partial<RealtimeSettings> = {}, others: Partial<RealtimeDependencies> = {}) {
    const httpServer = createServer();
    const registry = new Registry();
    const realtime = createRealtime(
      httpServer,
      {
        adapter: inProcess.adapter,
        bus: inProcess,
        subscriptions: {
          confirm: (address) => subscriptions.port.confirm(address),
          onMissed: (listener) => inProcess.onMissed(listener),
          onPoked: (listener) => pokeListeners.push(listener),
        },
        queues: taps.queues.port,
        accessKeys: taps.accessKeys.port,
        devices: taps.devices.port,
        push: taps.push.port,
        ingress: taps.ingress.port,
        tokens: taps.tokens.port,
        limits: createLimits(new InMemoryTokenBuckets(clock), NO_LIMITS),
        pushThrottle,
        clock,
        logger,
        registry,
        ...others,
      },
      { ...SETTINGS, ...overrides, ...more, timings: { ...overrides.timings, ...more.timings } },
    );
    const url = await listen(httpServer);
    return {
      url,
      realtime,
      httpServer,
      registry,
      metric: (name: string, labels?: Record<string, string>) => metricValue(registry, name, labels),
      async close() {
        await realtime.close();
        if (httpServer.listening) await new Promise((resolve) => httpServer.close(resolve));
      },
    };
  }

  const node = await startNode();
  const nodes = [node];

  async function token(user: string, more: { deviceId?: string; expiresInSeconds?: number } = {}) {
    const response = await fetch(`${issuerUrl}/dev/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user, ...more }),
    });
    return ((await response.json()) as { token: string }).token;
  }

  return {
    ...node,
    clock,
    store,
    taps,
    subscriptions,
    pushThrottle,
    bus: inProcess,
    accepted,
    token,
    /** Another node on the same store and bus, with its own settings and dependencies. */
    async addNode(more: Partial<RealtimeSettings> = {}, others: Partial<RealtimeDependencies> = {}) {
      const another = await startNode(more, others);
      nodes.push(another);
      return another;
    },
    /** A connected client; `url` selects a node other than the first. */
    async connect(user: string, options: ClientOptions = {}): Promise<TestClient> {
      const auth = { token: options.token ?? (await token(user)), deviceId: options.deviceId };
      const client = await connectClient(options.url ?? node.url, auth, options);
      clients.add(client);
      return client;
    },
    /** A connected client that has not said who it is. */
    async connectAnonymously(options: Omit<ClientOptions, "token" | "deviceId"> = {}): Promise<TestClient> {
      const client = await connectClient(options.url ?? node.url, { anonymous: true }, options);
      clients.add(client);
      return client;
    },
    /** Lets whoever has this key send to the user. @returns a new key */
    async setAccessKey(user: string): Promise<string> {
      const key = randomBytes(32).toString("base64");
      await store.accessKeys.set(parseSubject(user) as UserId, parseAccessKey(key) as AccessKeyHash);
      return key;
    },
    ...createPosting({ store, bus: inProcess, clock, pokeListeners }),
    register: (user: string, device = "default", push?: PushTarget) =>
      store.devices.register({ user: parseSubject(user) as UserId, device: device as DeviceId }, push),
    async queued(user: string, device = "default"): Promise<MessageId[]> {
      const id = parseSubject(user) as UserId;
      const registered = await findDevice(store.devices, { user: id, device: device as DeviceId });
      const queue = registered?.queue ?? ("default" as never);
      const page = await store.queues.page({ user: id, queue }, { limit: 100_000, maxBytes: 2 ** 40 });
      return page.messages.map((message) => message.id);
    },
    logs: () => logLines(stream),
    async close() {
      for (const client of clients) client.socket.disconnect();
      for (const each of nodes) await each.close();
      issuer.closeAllConnections();
      await new Promise((resolve) => issuer.close(resolve));
      await store.close();
    },
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
