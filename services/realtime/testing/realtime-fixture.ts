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
  devicesOf,
  findDevice,
  type IngressRecord,
  type MessageId,
  newMessageId,
  type Poke,
  type PushTarget,
  parseAccessKey,
  parseSubject,
  type SecureEnvelope,
  sealEnvelope,
  type UserId,
  userUrn,
} from "@dumbwaiter/core";
import { byId, NO_LIMITS, testClock } from "@dumbwaiter/core/contracts/samples";
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

const SETTINGS: RealtimeSettings = {
  maxEnvelopeBytes: 262_144,
  maxUnacked: 256,
  maxBufferedBytes: 1024 * 1024,
  allowedOrigins: [],
  trustProxy: false,
  drainMs: 0,
};

interface PostOptions {
  readonly device?: string;
  readonly fields?: Partial<SecureEnvelope>;
  /** Only stored, as when the delivery is lost. */
  readonly undelivered?: boolean;
  /** How long the processor took. */
  readonly acceptedMsAgo?: number;
}

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
    /** Stores messages for a user's devices in one batch and delivers them, as the processor does. */
    async post(user: string, count = 1, options: PostOptions = {}): Promise<MessageId[]> {
      const recipient = parseSubject(user) as UserId;
      const devices = await devicesOf(store.devices, recipient);
      const to = options.device === undefined ? devices : devices.filter(({ id }) => id === options.device);
      const queues = to.length > 0 ? to.map(({ queue }) => queue) : ["default" as never];
      const { bytes: envelope } = sealEnvelope(envelopeFor(user, options.fields));
      // Messages that are stored together are ordered by id.
      const messages = Array.from({ length: count }, () => ({
        id: newMessageId(clock.now()),
        envelope,
      })).sort(byId);
      if (!options.fields?.isEphemeral) {
        await store.queues.store(
          messages.map((message) => ({
            ...message,
            queues: queues.map((queue) => ({ user: recipient, queue })),
          })),
        );
      }
      if (!options.undelivered) {
        const acceptedAt = clock.now() - (options.acceptedMsAgo ?? 0);
        await inProcess.deliver(
          messages.flatMap((message) =>
            to.map(({ id: device }) => ({ user: recipient, device, ...message, acceptedAt })),
          ),
        );
      }
      return messages.map(({ id }) => id);
    },
    /** Delivers what {@link post} has already stored. */
    deliver: (user: string, ids: readonly MessageId[]) =>
      inProcess.deliver(
        ids.map((id) => ({
          ...{ user: user as UserId, device: "default" as DeviceId, id },
          ...{ envelope: sealEnvelope(envelopeFor(user)).bytes, acceptedAt: clock.now() },
        })),
      ),
    /** What the bus sends in place of a large message, once it is stored, to every node. */
    poke(user: string, id: MessageId, device = "default") {
      const poke = { user: user as UserId, device: device as DeviceId, id, acceptedAt: clock.now() };
      for (const listener of pokeListeners) listener(poke);
    },
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

export function envelopeFor(user: string, fields: Partial<SecureEnvelope> = {}): SecureEnvelope {
  return {
    recipientId: userUrn(parseSubject(user) as UserId),
    encryptedData: "AEBD",
    encryptedSymmetricKey: "BCDE",
    ...fields,
  };
}

/** Base64 of this many bytes. */
export function data(bytes: number): string {
  return "A".repeat(4 * Math.ceil(bytes / 4));
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
