import type { IncomingMessage } from "node:http";
import { createLimits, type DeviceId, deviceRoom, type UserId } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshId, freshUser, NO_LIMITS } from "@dumbwaiter/core/contracts/samples";
import { connectClient, type HandshakeRefusal } from "@dumbwaiter/dev-env/observe/test-client";
import { InMemoryTokenBuckets } from "@dumbwaiter/in-process";
import { collectGarbage } from "@dumbwaiter/service";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { SignJWT } from "jose";
import type { Namespace } from "socket.io";
import type { Adapter } from "socket.io-adapter";
import { io } from "socket.io-client";
import WebSocket from "ws";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const REFUSALS = "dumbwaiter_realtime_refusals_total";

/** What the stock client tells of a failed request. */
type StockError = Error & {
  readonly description: number;
  readonly context: { readonly responseText: string };
};

describe("handshake", () => {
  let fixture: RealtimeFixture;
  let bob: string;

  beforeAll(async () => {
    fixture = await openRealtimeFixture({ allowedOrigins: ["https://app.example"], maxSocketsPerDevice: 3 });
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    bob = freshUser();
  });

  async function refusal(auth: Record<string, unknown>): Promise<unknown> {
    const outcome = await connectClient(fixture.url, auth).catch((error: HandshakeRefusal) => error);
    if (!(outcome instanceof Error)) throw new Error("the handshake was accepted");
    return outcome.data;
  }

  it.each([
    ["no token", {}, "unauthenticated"],
    ["an empty token", { token: "" }, "unauthenticated"],
    ["a token that is not a string", { token: { a: 1 } }, "unauthenticated"],
    ["a token that is not a JWT", { token: "abc" }, "unauthenticated"],
    ["a token of 8,000 characters", { token: "a".repeat(8_000) }, "unauthenticated"],
  ])("refuses %s", async (_name, auth, code) => {
    expect(await refusal(auth)).toMatchObject({ code, retryable: false });
  });

  it("counts the sockets that it admits, and no others", async () => {
    const { url, metric } = await fixture.addNode();
    await expect(connectClient(url, { token: "abc" })).rejects.toThrow();
    await fixture.connect(bob, { url });
    expect(await metric("dumbwaiter_realtime_sockets_opened_total")).toBe(1);
  });

  it("keeps nothing of the request that opened the connection", async () => {
    const requests: WeakRef<IncomingMessage>[] = [];
    const keep = (request: IncomingMessage) => requests.push(new WeakRef(request));
    fixture.httpServer.on("upgrade", keep);
    for (const deviceId of ["phone", "tablet", "laptop"]) await fixture.connect(bob, { deviceId });
    fixture.httpServer.off("upgrade", keep);
    expect(requests).toHaveLength(3);
    await eventually(() => {
      collectGarbage();
      expect(requests.filter((request) => request.deref() !== undefined)).toEqual([]);
    });
  });

  it("keeps no room of an admitted socket but its device's, and no data", async () => {
    const adapters: Adapter[] = [];
    const adapter = class extends fixture.bus.adapter {
      constructor(namespace: Namespace) {
        super(namespace);
        adapters.push(this);
      }
    };
    const { url } = await fixture.addNode({}, { adapter });
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.emptied()).toBe(1));
    const rooms = adapters.flatMap((each) => [...each.rooms.keys()]);
    expect(rooms).toEqual([deviceRoom({ user: bob as UserId, device: "default" as DeviceId })]);
    const sockets = adapters.flatMap(({ nsp }) => [...nsp.sockets.values()]);
    expect(sockets.map(({ data }) => data)).toEqual([undefined]);
  });

  it("refuses a token signed by another key, an expired token, and an invalid or different device", async () => {
    const forged = await new SignJWT({})
      .setProtectedHeader({ alg: "HS256" })
      .setSubject(bob)
      .sign(new Uint8Array(32));
    expect(await refusal({ token: forged })).toMatchObject({ code: "unauthenticated" });
    const expired = await fixture.token(bob, { expiresInSeconds: -60 });
    expect(await refusal({ token: expired })).toMatchObject({ code: "token_expired", retryable: false });
    const token = await fixture.token(bob);
    for (const deviceId of ["", "..", "__proto__", "a/b", "a".repeat(65), 7, ["phone"]]) {
      expect(await refusal({ token, deviceId })).toMatchObject({ code: "invalid_request", path: "deviceId" });
    }
    const ofPhone = await fixture.token(bob, { deviceId: "phone" });
    expect(await refusal({ token: ofPhone, deviceId: "tablet" })).toMatchObject({ code: "device_mismatch" });
    expect((await fixture.store.devices.lookup([bob as never])).get(bob as never) ?? []).toEqual([]);
  });

  it("registers the token's device, the one that the client names, or the default device", async () => {
    await fixture.connect(bob, { token: await fixture.token(bob, { deviceId: "phone" }) });
    await fixture.connect(bob, { deviceId: "tablet" });
    await fixture.connect(bob);
    const devices = (await fixture.store.devices.lookup([bob as never])).get(bob as never) ?? [];
    expect(devices.map(({ id }) => id)).toEqual(["default", "phone", "tablet"]);
  });

  it("refuses a device over the limit", async () => {
    for (let index = 0; index < 10; index += 1) await fixture.register(bob, `device-${index}`);
    const token = await fixture.token(bob);
    expect(await refusal({ token, deviceId: "another" })).toMatchObject({
      code: "too_many_devices",
      retryable: false,
    });
  });

  it("refuses a device's sockets over the limit, also when they connect at once, until one has closed", async () => {
    const token = await fixture.token(bob);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => fixture.connect(bob, { token })),
    );
    const open = outcomes.filter(({ status }) => status === "fulfilled");
    expect(open).toHaveLength(3);
    expect(await refusal({ token })).toMatchObject({ code: "too_many_sockets" });
    const [first] = open;
    if (first?.status === "fulfilled") first.value.socket.disconnect();
    await eventually(async () => expect(await fixture.connect(bob, { token })).toBeDefined());
  });

  it("accepts pages of allowed origins and of its own, and clients that are not browsers", async () => {
    const token = await fixture.token(bob);
    const from = (origin: string) => fixture.connect(freshUser(), { token, extraHeaders: { origin } });
    await expect(from("https://evil.example")).rejects.toMatchObject({
      data: { code: "origin_refused", retryable: false },
    });
    await expect(from("null")).rejects.toMatchObject({ data: { code: "origin_refused" } });
    await expect(from("https://app.example.evil.example")).rejects.toMatchObject({
      data: { code: "origin_refused" },
    });
    (await from("https://app.example")).socket.disconnect();
    (await from(fixture.url)).socket.disconnect();
    expect(await fixture.metric(REFUSALS, { code: "origin_refused" })).toBe(3);
  });

  it("accepts pages of its own origin as a trusted proxy forwards it", async () => {
    const token = await fixture.token(bob);
    const extraHeaders = {
      origin: "https://dumbwaiter.example",
      "x-forwarded-host": "Dumbwaiter.example, inner",
    };
    const from = (url: string) => fixture.connect(freshUser(), { token, extraHeaders, url });
    for (const trustProxy of [true, 1, "10.0.0.0/8,loopback"]) {
      const { url } = await fixture.addNode({ trustProxy });
      (await from(url)).socket.disconnect();
    }
    for (const trustProxy of [false, "10.0.0.0/8"]) {
      const { url } = await fixture.addNode({ trustProxy });
      await expect(from(url)).rejects.toMatchObject({ data: { code: "origin_refused" } });
    }
  });

  it("closes the transport while a dependency is unavailable, so that stock clients reconnect", async () => {
    let away = true;
    fixture.taps.devices.before = (method, [address]) => {
      if (!away || method !== "register" || (address as { user: string }).user !== bob) return;
      throw new (class extends Error {})("the store is unavailable");
    };
    const client = await fixture.connect(bob, {
      unconnected: true,
      reconnection: true,
      reconnectionDelay: 20,
      reconnectionDelayMax: 50,
    });
    await eventually(async () =>
      expect(await fixture.metric(REFUSALS, { code: "internal" })).toBeGreaterThan(1),
    );
    expect(client.socket.connected).toBe(false);
    away = false;
    await eventually(() => expect(client.emptied()).toBe(1));
    fixture.taps.devices.before = undefined;
    expect(fixture.logs().some(({ msg }) => msg === "handshake failed")).toBe(true);
  });

  it("closes the transport of a user over the limit of handshakes, and lets it in later", async () => {
    const buckets = new InMemoryTokenBuckets(fixture.clock);
    const limits = createLimits(buckets, { ...NO_LIMITS, handshakeRatePerSecond: 0.01, handshakeBurst: 1 });
    const node = await fixture.addNode({}, { limits });
    const { url } = node;
    const token = await fixture.token(bob, { expiresInSeconds: 3600 });
    await fixture.connect(bob, { url, token });
    const again = await fixture.connect(bob, {
      ...{ url, token, deviceId: "phone", unconnected: true },
      ...{ reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 50 },
    });
    await eventually(async () =>
      expect(await node.metric(REFUSALS, { code: "rate_limited" })).toBeGreaterThan(1),
    );
    expect(again.socket.connected).toBe(false);
    expect((await fixture.connect(freshUser(), { url })).socket.connected).toBe(true);
    fixture.clock.advance(100_000);
    await eventually(() => expect(again.emptied()).toBe(1));
  });

  it("starts one handshake per connection, and closes the connection when another is requested", async () => {
    const token = await fixture.token(bob);
    const raw = new WebSocket(`${fixture.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    const closed = new Promise((resolve) => raw.once("close", resolve));
    await new Promise((resolve) => raw.once("message", resolve));
    for (let time = 0; time < 5; time += 1) raw.send(`40${JSON.stringify({ token })}`);
    await closed;
    const verified = fixture.taps.tokens.calls.filter(({ args }) => args[0] === token);
    expect(verified.length).toBeLessThanOrEqual(1);
    await eventually(async () => expect(await fixture.deliver(bob, [freshId()])).toEqual([0]));
  });

  it("supports only WebSocket, and tells a stock client with its default transports so", async () => {
    const socket = io(fixture.url, { reconnection: false, auth: { token: "unused" } });
    const shown = await new Promise((resolve) => {
      socket.once("connect_error", (error) => {
        const { message, description, context } = error as StockError;
        resolve({ message, description, body: JSON.parse(context.responseText) });
      });
    });
    socket.close();
    const body = {
      code: 0,
      message: expect.stringContaining(
        'WebSocket transport only: set the client\'s option transports to ["websocket"]',
      ),
    };
    expect(shown).toEqual({ message: "xhr poll error", description: 400, body });
    const plain = await fetch(`${fixture.url}/socket.io/?EIO=4&transport=websocket`);
    expect([plain.status, await plain.text()]).toEqual([400, expect.stringContaining("header Upgrade")]);
    expect(plain.headers.get("access-control-allow-origin")).toBe("*");
    expect((await fetch(`${fixture.url}/socket.io/socket.io.js`)).ok).toBe(false);
  });
});
