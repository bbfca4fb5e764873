import { once } from "node:events";
import type { Socket as NetSocket } from "node:net";
import {
  type DeliveryBus,
  type DeviceId,
  removeDevice,
  removeUser,
  UnavailableError,
  type UserId,
} from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import type { TestClient } from "@dumbwaiter/dev-env/observe/test-client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { decodeJwt } from "jose";
import WebSocket from "ws";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const RECONNECTING = { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 50 };

describe("closings", () => {
  let fixture: RealtimeFixture;
  let bob: string;

  beforeAll(async () => {
    fixture = await openRealtimeFixture({ timings: { expiryGraceMs: 200 } });
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    bob = freshUser();
  });

  const limits = { releaseQueue: async () => {} };
  const removal = () => ({ ...fixture.store, limits, bus: fixture.bus });

  it("closes the socket for good when its token has expired", async () => {
    const token = await fixture.token(bob, { expiresInSeconds: 1 });
    const client = await fixture.connect(bob, { ...RECONNECTING, token });
    await eventually(() => expect(client.closings()).toEqual([{ code: "token_expired", retryable: false }]));
    expect(fixture.clock.now()).toBeGreaterThanOrEqual((decodeJwt(token).exp ?? Number.NaN) * 1000 + 200);
    await eventually(() => expect(client.socket.active).toBe(false));
  });

  it("keeps a socket whose token was replaced in time", async () => {
    const client = await fixture.connect(bob);
    const other = await fixture.connect(bob);
    const lasting = await fixture.token(bob, { expiresInSeconds: 3600 });
    const token = await fixture.token(bob, { expiresInSeconds: 2 });
    // At once: on a busy machine nothing is left of two seconds after a handshake.
    const replaced = [other, client].map((each) => each.request("auth", { token }));
    const replacedAgain = client.request("auth", { token: lasting });
    for (const answer of await Promise.all([...replaced, replacedAgain]))
      expect(answer).toEqual({ ok: true });
    await eventually(() => expect(other.closings()).toHaveLength(1));
    expect(await client.ack([])).toEqual({ ok: true });
    expect(client.closings()).toEqual([]);
  });

  it("closes a removed device's sockets on every node for good, and no others", async () => {
    const { url } = await fixture.addNode();
    const phones = [
      await fixture.connect(bob, { ...RECONNECTING, deviceId: "phone" }),
      await fixture.connect(bob, { ...RECONNECTING, deviceId: "phone", url }),
    ];
    const tablet = await fixture.connect(bob, { deviceId: "tablet" });
    await removeDevice(removal(), { user: bob as never, device: "phone" as DeviceId });
    for (const phone of phones) {
      await eventually(() =>
        expect(phone.closings()).toEqual([{ code: "device_removed", retryable: false }]),
      );
      await eventually(() => expect(phone.socket.active).toBe(false));
    }
    expect(await tablet.ack([])).toEqual({ ok: true });
    expect(await fixture.bus.deliver([delivery(bob, "phone")])).toEqual([0]);
  });

  it("closes the socket of a device that was removed while its window was full", async () => {
    const timings = { ackProbeMs: 50, ackProbeMaxMs: 100 };
    const { url } = await fixture.addNode({ maxUnacked: 4, timings });
    const client = await fixture.connect(bob, { url });
    await fixture.post(bob, 10);
    await eventually(() => expect(client.ids()).toHaveLength(4));
    await removeUser(removal(), bob as never);
    await eventually(() => expect(client.closings()).toEqual([{ code: "device_removed", retryable: false }]));
  });

  it("keeps the sockets of a device that registered again before the old ones were closed", async () => {
    const address = { user: bob as UserId, device: "phone" as DeviceId };
    await fixture.register(bob, "tablet");
    const old = await fixture.connect(bob, { deviceId: "phone" });
    await eventually(() => expect(old.emptied()).toBe(1));
    let again: TestClient | undefined;
    const bus = overridden<DeliveryBus>(fixture.bus, {
      async closeDevices(devices) {
        again = await fixture.connect(bob, { ...RECONNECTING, deviceId: "phone" });
        await eventually(() => expect(again?.emptied()).toBe(1));
        await fixture.bus.closeDevices(devices);
      },
    });
    await removeDevice({ ...fixture.store, limits, bus }, address);
    await eventually(() => expect(old.closings()).toEqual([{ code: "device_removed", retryable: false }]));
    // The node has looked for this one too.
    await eventually(() => expect(again?.emptied()).toBe(2));
    const [live] = await fixture.post(bob, 1, { device: "phone" });
    await eventually(() => expect(again?.ids()).toEqual([live]));
    expect(again?.closings()).toEqual([]);
  });

  it("ends the TCP stream of a client that does not react to closing, without a close frame", async () => {
    const node = await fixture.addNode({ timings: { hangUpMs: 60_000 } });
    const raw = new WebSocket(`${node.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    await once(raw, "message");
    raw.send(`40${JSON.stringify({ token: await fixture.token(bob) })}`);
    await eventually(async () => expect(await node.metric("dumbwaiter_realtime_sockets")).toBe(1));
    const { _socket: net } = raw as unknown as { _socket: NetSocket };
    // From here on it answers no frame.
    net.removeAllListeners("data");
    let received = "";
    net.on("data", (bytes) => {
      received += bytes.toString("latin1");
    });
    const ended = once(net, "end");
    const startedAt = performance.now();
    await node.realtime.drain();
    await ended;
    // Long before a heartbeat or the end of waiting would have ended it.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    // A close frame would make some clients read no more, and so not notice the end.
    expect(received).toMatch(/42\["closing",\{"code":"drain"[^{}]*\}\]$/);
  });

  it("takes its time for a drain, and stock clients reconnect by themselves", async () => {
    const leaving = await fixture.addNode({ drainMs: 600 });
    const staying = await fixture.addNode();
    const clients = await Promise.all(
      Array.from({ length: 6 }, () => fixture.connect(freshUser(), { ...RECONNECTING, url: leaving.url })),
    );
    for (const { socket } of clients) {
      socket.once("closing", () => {
        // The load balancer now routes to the other node.
        (socket.io as unknown as { uri: string }).uri = staying.url;
      });
    }
    for (const client of clients) await eventually(() => expect(client.emptied()).toBe(1));
    const startedAt = performance.now();
    await leaving.realtime.drain();
    expect(performance.now() - startedAt).toBeGreaterThan(490);
    for (const client of clients) {
      await eventually(() =>
        expect(client.closings()).toEqual([{ code: "drain", retryable: true, afterMs: 0 }]),
      );
      await eventually(() => expect(client.emptied()).toBe(2));
    }
    await expect(fixture.connect(bob, { url: leaving.url })).rejects.toThrow("websocket error");
    expect(await leaving.metric("dumbwaiter_realtime_closes_total", { code: "drain" })).toBe(6);
    expect(await leaving.metric("dumbwaiter_realtime_sockets")).toBe(0);
  });

  it("loses nothing while a client moves to another node", async () => {
    const [leaving, staying] = [await fixture.addNode(), await fixture.addNode()];
    const client = await fixture.connect(bob, { ...RECONNECTING, url: leaving.url, acking: true });
    await eventually(() => expect(client.emptied()).toBe(1));
    const sent = await fixture.post(bob, 50);
    (client.socket.io as unknown as { uri: string }).uri = staying.url;
    const drained = leaving.realtime.drain();
    sent.push(...(await fixture.post(bob, 50)));
    await drained;
    sent.push(...(await fixture.post(bob, 50)));
    await eventually(async () => expect(await fixture.queued(bob)).toEqual([]));
    expect(new Set(client.ids())).toEqual(new Set(sent));
  });

  it("retries a failing catch-up, then closes the transport", async () => {
    const timings = { retryMs: 10, retryMaxMs: 20, unavailableMs: 300 };
    const { url } = await fixture.addNode({ timings });
    let failing = true;
    fixture.taps.queues.before = (method, [address]) => {
      if (failing && method === "page" && (address as { user: string }).user === bob) {
        throw new UnavailableError("test");
      }
    };
    const client = await fixture.connect(bob, { ...RECONNECTING, url });
    await eventually(() =>
      expect(client.closings()[0]).toMatchObject({ code: "unavailable", retryable: true }),
    );
    expect(client.closings()[0]?.afterMs).toBeGreaterThanOrEqual(2_500);
    expect(client.closings()[0]?.afterMs).toBeLessThanOrEqual(5_000);
    expect(client.emptied()).toBe(0);
    failing = false;
    const sent = await fixture.post(bob, 3);
    await eventually(() => expect(client.emptied()).toBe(1));
    expect(client.ids()).toEqual(sent);
    fixture.taps.queues.before = undefined;
  });

  it("survives a short outage of the store and the bus without closing", async () => {
    const { url } = await fixture.addNode({ timings: { retryMs: 10, retryMaxMs: 20 } });
    await fixture.register(bob);
    const sent = await fixture.post(bob, 3, { undelivered: true });
    let faults = 0;
    const fail = (_method: string, [address]: readonly unknown[]) => {
      if ((address as { user: string }).user !== bob || faults >= 6) return;
      faults += 1;
      throw new UnavailableError("test");
    };
    fixture.taps.queues.before = fail;
    fixture.subscriptions.before = fail;
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.emptied()).toBe(1));
    expect(client.ids()).toEqual(sent);
    expect(faults).toBe(6);
    expect(client.closings()).toEqual([]);
    fixture.taps.queues.before = undefined;
    fixture.subscriptions.before = undefined;
  });

  it("ends everything at once on close", async () => {
    const node = await fixture.addNode({ drainMs: 60_000 });
    const clients = [];
    for (let index = 0; index < 5; index += 1) {
      clients.push(await fixture.connect(freshUser(), { url: node.url }));
    }
    await node.close();
    for (const client of clients) {
      await eventually(() => expect(client.socket.connected).toBe(false));
      expect(client.closings()).toEqual([{ code: "drain", retryable: true, afterMs: 0 }]);
    }
  });
});

function delivery(user: string, device: string) {
  const envelope = Buffer.from("{}");
  return { user, device, id: "x", envelope, acceptedAt: 0 } as never;
}
