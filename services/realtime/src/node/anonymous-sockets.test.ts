import { createLimits } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser, NO_LIMITS } from "@dumbwaiter/core/contracts/samples";
import { frame, RawWebSocket } from "@dumbwaiter/dev-env/hostile/raw-web-socket";
import type { TestClient } from "@dumbwaiter/dev-env/observe/test-client";
import { InMemoryTokenBuckets } from "@dumbwaiter/in-process";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { data, envelopeFor } from "../../testing/envelopes.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const REFUSALS = "dumbwaiter_realtime_refusals_total";
const OPEN = "dumbwaiter_realtime_anonymous_sockets";
const EXPIRED = { code: "expired", retryable: false };

describe("anonymous sockets", () => {
  let fixture: RealtimeFixture;
  let bob: string;
  let accessKey: string;
  const opened: RawWebSocket[] = [];

  beforeAll(async () => {
    fixture = await openRealtimeFixture({ trustProxy: 1 });
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    bob = freshUser();
    accessKey = await fixture.setAccessKey(bob);
  });
  afterEach(() => {
    for (const socket of opened.splice(0)) socket.destroy();
  });

  const from = (address: string) => ({ extraHeaders: { "x-forwarded-for": address } });
  const send = (client: TestClient, fields = {}) =>
    client.request("send", envelopeFor(bob, fields), { accessKey });

  async function joinRaw(url: string, address = "203.0.113.1"): Promise<RawWebSocket> {
    const socket = await RawWebSocket.join(
      url,
      { anonymous: true },
      { headers: { "X-Forwarded-For": address } },
    );
    opened.push(socket);
    return socket;
  }

  it("end when they have had nothing accepted for a while, and not before", async () => {
    const { url } = await fixture.addNode({ timings: { anonymousIdleMs: 3_000 } });
    const open = () => fixture.connectAnonymously({ url });
    const [busy, idle, refused] = [await open(), await open(), await open()];
    for (let sent = 0; idle.closings().length === 0 || refused.closings().length === 0; sent += 1) {
      expect(await send(busy)).toMatchObject({ ok: true });
      // Fewer than would cut it off.
      if (sent < 100) refused.socket.emit("pull", {}, () => {});
    }
    expect([busy, idle, refused].map((each) => each.closings())).toEqual([[], [EXPIRED], [EXPIRED]]);
    await eventually(() => expect(idle.socket.active).toBe(false));
    await eventually(() => expect(busy.closings()).toEqual([EXPIRED]));
  });

  it("end after their longest life, whatever they do", async () => {
    const { url } = await fixture.addNode({ timings: { anonymousLifeMs: 500 } });
    const client = await fixture.connectAnonymously({ url });
    while (client.closings().length === 0) {
      await Promise.race([send(client), new Promise((resolve) => client.socket.once("disconnect", resolve))]);
    }
    expect(client.closings()).toEqual([EXPIRED]);
  });

  it("are told when the node stops, as others are", async () => {
    const { url, realtime } = await fixture.addNode();
    const client = await fixture.connectAnonymously({ url });
    await realtime.drain();
    await eventually(() =>
      expect(client.closings()).toEqual([{ code: "drain", retryable: true, afterMs: 0 }]),
    );
  });

  it("are few of one network, whatever the addresses, and leave room to others", async () => {
    const { url, metric } = await fixture.addNode({ maxAnonymousSocketsPerNetwork: 2 });
    const [first] = await Promise.all(
      ["203.0.113.1", "203.0.113.2"].map((address) => fixture.connectAnonymously({ url, ...from(address) })),
    );
    const third = await fixture.connectAnonymously({
      ...{ url, ...from("203.0.113.3"), unconnected: true },
      ...{ reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 50 },
    });
    await eventually(async () => {
      expect(await metric(REFUSALS, { at: "handshake", code: "rate_limited" })).toBeGreaterThan(0);
    });
    await fixture.connectAnonymously({ url, ...from("198.51.100.1") });
    await fixture.connect(bob, { url, ...from("203.0.113.1") });
    expect(await metric(OPEN)).toBe(3);
    first?.socket.disconnect();
    await eventually(() => expect(third.socket.connected).toBe(true));
  });

  it("make room for another once a node has many: whoever has sent nothing for the longest goes", async () => {
    const { url, metric } = await fixture.addNode({ maxAnonymousSockets: 3 });
    const open = () => fixture.connectAnonymously({ url });
    const clients = [await open(), await open(), await open()] as const;
    expect(await send(clients[0])).toMatchObject({ ok: true });
    const another = await open();
    await eventually(() => expect(clients.map((each) => each.closings())).toEqual([[], [EXPIRED], []]));
    for (const client of [clients[0], clients[2], another]) {
      expect(await send(client)).toMatchObject({ ok: true });
    }
    expect(await metric(OPEN)).toBe(3);
    const token = await fixture.token(bob);
    for (let device = 0; device < 5; device += 1) {
      await fixture.connect(bob, { url, token, deviceId: `d${device}` });
    }
    expect(await metric(OPEN)).toBe(3);
  });

  it("of a network that has enough of them cost nobody a place", async () => {
    const few = { maxAnonymousSockets: 2, maxAnonymousSocketsPerNetwork: 1 };
    const { url, metric } = await fixture.addNode(few);
    const open = (address: string, unconnected = false) =>
      fixture.connectAnonymously({ url, ...from(address), unconnected });
    const clients = [await open("203.0.113.1"), await open("198.51.100.1")];
    await open("198.51.100.2", true);
    await eventually(async () => expect(await metric(REFUSALS, { code: "rate_limited" })).toBe(1));
    for (const client of clients) expect(await send(client)).toMatchObject({ ok: true });
    expect(clients.map((each) => each.closings())).toEqual([[], []]);
  });

  it("have a limit of handshakes for each network, apart from that of users", async () => {
    const settings = { ...NO_LIMITS, networkHandshakeRatePerSecond: 0.01, networkHandshakeBurst: 1 };
    const limits = createLimits(new InMemoryTokenBuckets(fixture.clock), settings);
    const { url, metric } = await fixture.addNode({}, { limits });
    await fixture.connectAnonymously({ url, ...from("203.0.113.1") });
    await fixture.connectAnonymously({ url, ...from("203.0.113.2"), unconnected: true });
    await eventually(async () => expect(await metric(REFUSALS, { code: "rate_limited" })).toBe(1));
    await fixture.connectAnonymously({ url, ...from("198.51.100.1") });
    await fixture.connect(bob, { url, ...from("203.0.113.1") });
    expect(await metric(OPEN)).toBe(2);
  });

  it("that limits refuse cost nobody a place, and take none of their network", async () => {
    const settings = { ...NO_LIMITS, networkHandshakeRatePerSecond: 0.01, networkHandshakeBurst: 1 };
    const limits = createLimits(new InMemoryTokenBuckets(fixture.clock), settings);
    const few = { maxAnonymousSockets: 2, maxAnonymousSocketsPerNetwork: 2, timings: { lingerMs: 60_000 } };
    const { url, metric } = await fixture.addNode(few, { limits });
    const open = (address: string, unconnected = false) =>
      fixture.connectAnonymously({ url, ...from(address), unconnected });
    const clients = [await open("203.0.113.1"), await open("198.51.100.1")];
    await open("203.0.113.2", true);
    await eventually(async () => expect(await metric(REFUSALS, { code: "rate_limited" })).toBe(1));
    for (const client of clients) expect(await send(client)).toMatchObject({ ok: true });
    expect(clients.map((each) => each.closings())).toEqual([[], []]);
    fixture.clock.advance(100_000);
    const another = await open("203.0.113.3");
    expect(await send(another)).toMatchObject({ ok: true });
    await eventually(() => expect(clients.map((each) => each.closings())).toEqual([[EXPIRED], []]));
  });

  it("that hold too much end, and no user's socket does, whose sends go on", async () => {
    const { url, metric } = await fixture.addNode({ maxBufferedBytes: 64 * 1024 });
    const alice = await fixture.connect(freshUser(), { url });
    const honest = await fixture.connectAnonymously({ url, ...from("198.51.100.1") });
    const half = frame("x".repeat(300_000)).subarray(0, 250_000);
    // All of them may hold 1 MiB together.
    const attackers = await Promise.all(Array.from({ length: 12 }, () => joinRaw(url)));
    for (const attacker of attackers) attacker.write(half);
    await eventually(async () => {
      const closed = await metric("dumbwaiter_realtime_closes_total", { code: "slow_consumer" });
      expect(closed).toBeGreaterThanOrEqual(8);
    });
    const large = { encryptedData: data(200_000) };
    expect(await alice.request("send", envelopeFor(bob, large))).toMatchObject({ ok: true });
    expect(await send(honest)).toMatchObject({ ok: true });
    expect([alice.closings(), honest.closings()]).toEqual([[], []]);
  });

  it("whose events are refused again and again are cut off, and their neighbours are not", async () => {
    const { url, metric } = await fixture.addNode({ timings: { lingerMs: 0 } });
    const neighbour = await fixture.connectAnonymously({ url, ...from("203.0.113.9") });
    const junk = await joinRaw(url);
    junk.read();
    for (let round = 0; round < 20 && !junk.closed; round += 1) {
      junk.send(...Array(50).fill('420["pull"]'));
      await eventually(async () => {
        const refused = await metric(REFUSALS, { at: "pull", code: "invalid_request" });
        expect(refused >= (round + 1) * 50 || junk.closed).toBe(true);
      });
    }
    await junk.ended();
    expect(await metric(REFUSALS, { at: "connection", code: "rate_limited" })).toBe(1);
    expect(await metric(REFUSALS, { at: "pull", code: "invalid_request" })).toBeLessThan(300);
    expect(await send(neighbour)).toMatchObject({ ok: true });
  });

  it("that take without reading are cut off", async () => {
    const { url, metric } = await fixture.addNode({ timings: { pingIntervalMs: 1_000, pingTimeoutMs: 300 } });
    const socket = await joinRaw(url);
    const event = `42["send",${JSON.stringify([envelopeFor(bob), { accessKey }]).slice(1)}`;
    for (let number = 0; number < 50; number += 1) socket.send(event.replace("42", `42${number}`));
    await eventually(async () => expect(await metric(OPEN)).toBe(0));
    // All of them, but for a machine that is too busy to handle so many before the ping.
    expect(await metric("dumbwaiter_realtime_messages_accepted_total")).toBeGreaterThan(0);
    expect(await metric("dumbwaiter_realtime_closes_total", { code: "ping_timeout" })).toBe(1);
  });
});
