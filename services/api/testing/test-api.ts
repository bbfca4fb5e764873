import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import {
  createLimits,
  type DeviceId,
  type IngressPublisher,
  type IngressRecord,
  type LimitSettings,
  type MessageId,
  type MessageQueues,
  newMessageId,
  removeUser,
  systemClock,
  type UserId,
} from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { NO_LIMITS } from "@dumbwaiter/core/contracts/samples";
import { tapped } from "@dumbwaiter/dev-env/observe/tap";
import { InMemoryPushThrottle, InMemoryTokenBuckets, InProcessDeliveryBus } from "@dumbwaiter/in-process";
import { closeNow, createHttpServer, createLogger, createTokenVerifier } from "@dumbwaiter/service";
import {
  AUDIENCE,
  type Claims,
  ISSUER,
  makeKey,
  signToken,
  startJwksServer,
} from "@dumbwaiter/service/testing/test-issuer";
import { openTemporaryStore } from "@dumbwaiter/sqlite/testing/temporary-store";
import { Registry } from "prom-client";
import { type ApiDependencies, type ApiSettings, createApi } from "../src/index.ts";

export const ALICE = "alice" as UserId;
export const BOB = "bob" as UserId;
export const MAX_ENVELOPE_BYTES = 65_536;
export const MAX_DEVICES = 3;

export const ENVELOPE = {
  recipientId: "urn:sm:user:bob",
  encryptedData: "AEBD",
  encryptedSymmetricKey: "BCDE",
  signature: "CEFG",
};

interface TestApiOptions {
  readonly limits?: Partial<LimitSettings>;
  readonly settings?: Partial<ApiSettings>;
  readonly dependencies?: Partial<ApiDependencies>;
  /** What the api gets in place of the store's queues. */
  readonly wrapQueues?: (queues: MessageQueues) => MessageQueues;
  /** The issuer has not given its keys, and gives none. */
  readonly issuerBroken?: boolean;
}

interface CallOptions {
  /** That of another process. */
  readonly at?: string;
  /** Alice's by default; `null` sends none. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Strings and bytes are sent unchanged, anything else as JSON. */
  readonly body?: unknown;
}

/** The api on the adapters of the embedded process, behind a real server and a real issuer. */
export type TestApi = Awaited<ReturnType<typeof startTestApi>>;

export async function startTestApi(options: TestApiOptions = {}) {
  const key = await makeKey("test");
  const issuer = await startJwksServer(key);
  issuer.broken = options.issuerBroken ?? false;
  const store = await openTemporaryStore({ clock: systemClock, maxDevices: MAX_DEVICES });
  const registry = new Registry();
  const log = new PassThrough();
  const logger = createLogger({ service: "api", level: "trace", stream: log });
  /** Everything that was published to the ingress. */
  const published: IngressRecord[] = [];
  const ingress: IngressPublisher = {
    async publish(record) {
      await store.ingressPublisher.publish(record);
      published.push(record);
    },
    close: () => store.ingressPublisher.close(),
  };
  const bus = new InProcessDeliveryBus();
  // Nothing refills a bucket while a test runs.
  const startedAt = Date.now();
  const taps = {
    accessKeys: tapped(store.accessKeys),
    devices: tapped(store.devices),
    queues: tapped(options.wrapQueues?.(store.queues) ?? store.queues),
    buckets: tapped(new InMemoryTokenBuckets({ now: () => startedAt })),
    ingress: tapped(ingress),
  };
  const pushThrottle = new InMemoryPushThrottle(systemClock);
  const limits = createLimits(taps.buckets.port, { ...NO_LIMITS, ...options.limits });
  const tokens = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUrl: issuer.url, logger });
  // On a busy machine the first reading of the keys may take longer than the verifier waits.
  if (!issuer.broken) await eventually(async () => tokens.verify(await signToken(key)));

  /** One more process, as far as clients know. */
  async function serve(metrics: Registry) {
    const app = createApi(
      {
        ingress: taps.ingress.port,
        queues: taps.queues.port,
        devices: taps.devices.port,
        accessKeys: taps.accessKeys.port,
        bus,
        limits,
        pushThrottle,
        tokens,
        clock: systemClock,
        logger,
        registry: metrics,
        ...options.dependencies,
      },
      { maxEnvelopeBytes: MAX_ENVELOPE_BYTES, allowedOrigins: [], trustProxy: false, ...options.settings },
    );
    const server = createHttpServer(app, { registry: metrics }).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }
  const servers: Server[] = [];
  const port = await serve(registry);
  let storeClosed: Promise<void> | undefined;
  const closeStore = () => (storeClosed ??= store.close());
  const url = `http://127.0.0.1:${port}`;

  return {
    url,
    port,
    key,
    issuer,
    store,
    /** Makes every storage port unavailable. */
    closeStore,
    pushThrottle,
    registry,
    published,

    /** Starts another process on the same store, bus and limits. @returns its URL */
    startAnother: async () => `http://127.0.0.1:${await serve(new Registry())}`,

    /** What the processes have called since the last time, as `port.method`. */
    calls: () =>
      Object.entries(taps).flatMap(([name, { calls }]) =>
        calls.splice(0).map(({ method }) => `${name}.${method}`),
      ),

    /** What it has logged since the last call. */
    log: () => String(log.read() ?? ""),

    /** Alice's token, with the given claims changed. */
    token: (claims: Claims = {}) => signToken(key, claims),

    async call(method: string, path: string, { at = url, token, headers = {}, body }: CallOptions = {}) {
      const bearer = token === undefined ? await signToken(key) : token;
      const all = new Headers();
      if (bearer !== null) all.set("authorization", `Bearer ${bearer}`);
      if (body !== undefined) all.set("content-type", "application/json");
      // Of refusals on one connection the later ones wait.
      all.set("connection", "close");
      for (const [name, value] of Object.entries(headers)) all.set(name, value);
      return fetch(at + path, {
        method,
        headers: all,
        ...(body === undefined ? {} : { body: asBody(body) }),
      });
    },

    /** Registers the device and fills its queue, as the processor does. Envelopes are given as bytes or as JSON. */
    async queue(user: UserId, device: string, envelopes: readonly unknown[]): Promise<MessageId[]> {
      const { queue } = await store.devices.register({ user, device: device as DeviceId });
      // Messages that are stored together are ordered by id.
      const ids = envelopes.map(() => newMessageId(Date.now())).sort();
      const requests = envelopes.map((envelope, index) => ({
        id: ids[index] as MessageId,
        envelope: Buffer.from(asBody(envelope)),
        queues: [{ user, queue }],
      }));
      await store.queues.store(requests);
      return ids;
    },

    async queued(user: UserId, device: string): Promise<MessageId[]> {
      const { queue } = await store.devices.register({ user, device: device as DeviceId });
      const page = await store.queues.page({ user, queue }, { limit: 1000, maxBytes: 1e9 });
      return page.messages.map(({ id }) => id);
    },

    async removeUsers(...users: readonly UserId[]) {
      for (const user of users) await removeUser({ ...store, limits, bus }, user);
    },

    async close() {
      await Promise.all([...servers.map(closeNow), issuer.close(), closeStore()]);
    },
  };
}

function asBody(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === "string") return body;
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
}
