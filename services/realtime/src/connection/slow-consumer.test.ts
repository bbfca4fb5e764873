import { once } from "node:events";
import type { Socket as NetSocket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import type { DeviceId, UserId } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser, HOUR_MS } from "@dumbwaiter/core/contracts/samples";
import { collectGarbage, writeProgress } from "@dumbwaiter/service";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import WebSocket from "ws";
import { data } from "../../testing/envelopes.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const MIB = 1024 * 1024;
const STALL_MS = 1500;
const CLOSES = "dumbwaiter_realtime_closes_total";

describe("slow consumers", () => {
  let fixture: RealtimeFixture;

  beforeAll(async () => {
    fixture = await openRealtimeFixture({
      maxUnacked: 10_000,
      timings: { stallMs: STALL_MS, pushDelayMs: 0 },
    });
  });
  afterAll(() => fixture.close());

  /** A client that implements the protocol itself, so that it can read as slowly as it likes. */
  async function connectRaw(
    user: string,
    node: Pick<RealtimeFixture, "url" | "metric"> = fixture,
    given?: string,
  ) {
    const token = given ?? (await fixture.token(user));
    const raw = new WebSocket(`${node.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    const net = () => (raw as unknown as { _socket: NetSocket })._socket;
    await once(raw, "message");
    raw.send(`40${JSON.stringify({ token })}`);
    await eventually(async () => expect(await node.metric("dumbwaiter_realtime_sockets")).toBe(1));
    return { raw, net };
  }

  it("disconnects one that reads nothing but answers pings", async () => {
    const bob = freshUser();
    const { raw, net } = await connectRaw(bob);
    net().pause();
    const pongs = setInterval(() => raw.send("3"), 100);
    const startedAt = performance.now();
    const posted = await fixture.post(bob, 50, { fields: { encryptedData: data(240_000) } });
    await eventually(async () => expect(await fixture.metric(CLOSES, { code: "slow_consumer" })).toBe(1));
    expect(performance.now() - startedAt).toBeGreaterThan(STALL_MS);
    clearInterval(pongs);
    raw.terminate();
    expect(await fixture.queued(bob)).toHaveLength(posted.length);
  });

  it("holds little memory for one that reads nothing", async () => {
    const node = await fixture.addNode({ timings: { stallMs: 600_000 } });
    const bob = freshUser();
    const { raw, net } = await connectRaw(bob, node);
    const before = await memoryInUse();
    net().pause();
    const fields = { encryptedData: data(240_000) };
    for (let round = 0; round < 80; round += 1) await fixture.post(bob, 5, { fields });
    const held = (await memoryInUse()) - before;
    expect(await node.metric("dumbwaiter_realtime_sockets")).toBe(1);
    raw.terminate();
    // Of 96 MB, only the limit waits, plus what the kernel holds and uncollected garbage.
    expect(held).toBeLessThan(48 * MIB);
  });

  it("keeps one that reads slowly: some bytes are written all the time, although all of them take long", async () => {
    const stallMs = 900;
    const node = await fixture.addNode({ maxBufferedBytes: 6 * MIB, timings: { stallMs } });
    const served = once(node.httpServer, "connection");
    const bob = freshUser();
    const { raw, net } = await connectRaw(bob, node);
    const [server] = (await served) as [NetSocket];
    const received: string[] = [];
    raw.on("message", (packet) => {
      const text = String(packet);
      if (!text.startsWith('42["message"')) return;
      const { id } = JSON.parse(text.slice(2))[1];
      received.push(id);
      raw.send(`42${JSON.stringify(["ack", { messageIds: [id] }])}`);
    });
    // Rests for a third of what makes a stall after each write. A rest of a fixed time after each read would be one of
    // any time, because the kernel writes only after many reads.
    let seen = "";
    let rests = 0;
    net().on("data", () => {
      const progress = writeProgress(server, server.bytesWritten);
      if (progress === seen) return;
      seen = progress;
      rests += 1;
      net().pause();
      setTimeout(() => net()?.resume(), stallMs / 3);
    });
    const sent = await fixture.post(bob, 70, { fields: { encryptedData: data(200_000) } });
    await eventually(() => expect(new Set(received)).toEqual(new Set(sent)));
    await eventually(async () => expect(await fixture.queued(bob)).toEqual([]));
    expect(rests).toBeGreaterThan(3); // so longer than a stall
    expect(raw.readyState).toBe(WebSocket.OPEN);
    raw.terminate();
  });

  it("leaves the room of one whose buffer is full, and sends it the rest once it reads", async () => {
    const node = await fixture.addNode({ timings: { stallMs: 60_000 } });
    const bob = freshUser();
    const { raw, net } = await connectRaw(bob, node);
    const received = new Set<string>();
    raw.on("message", (packet) => {
      const text = String(packet);
      if (text.startsWith('42["message"')) received.add(JSON.parse(text.slice(2))[1].id);
    });
    net().pause();
    const sent: string[] = [];
    const holders = () => fixture.bus.holders([{ user: bob as UserId, device: "default" as DeviceId }]);
    await eventually(async () => {
      sent.push(...(await fixture.post(bob, 1, { fields: { encryptedData: data(240_000) } })));
      expect(await holders()).toEqual([0]);
    });
    expect(await node.metric("dumbwaiter_realtime_sockets")).toBe(1);
    net().resume();
    await eventually(() => expect(received).toEqual(new Set(sent)));
    await eventually(async () => expect(await holders()).toEqual([1]));
    raw.terminate();
  });

  it("drops the connection of one that does not read its closing event", async () => {
    const timings = { stallMs: 60_000, expiryGraceMs: 0, hangUpMs: 200 };
    // Tokens are verified by another clock, by which both are valid.
    const node = await fixture.addNode({ timings }, { clock: { now: () => Date.now() + HOUR_MS } });
    const bob = freshUser();
    const token = await fixture.token(bob, { expiresInSeconds: 2 * 3600 });
    const { raw, net } = await connectRaw(bob, node, token);
    net().pause();
    const connections = promisify(node.httpServer.getConnections.bind(node.httpServer));
    expect(await connections()).toBe(1);
    await fixture.post(bob, 40, { fields: { encryptedData: data(240_000) } });
    const short = await fixture.token(bob, { expiresInSeconds: 1800 });
    raw.send(`42${JSON.stringify(["auth", { token: short }])}`);
    await eventually(async () => expect(await node.metric(CLOSES, { code: "token_expired" })).toBe(1));
    await eventually(async () => expect(await connections()).toBe(0));
    raw.terminate();
  });

  it("stops reading from one that keeps sending requests and never reads the responses", async () => {
    const bob = freshUser();
    const { raw, net } = await connectRaw(bob);
    net().pause();
    const page = `42${"0"}${JSON.stringify(["pull"])}`;
    await fixture.post(bob, 4, { fields: { encryptedData: data(200_000) }, undelivered: true });
    const pulls = () => fixture.taps.queues.count("page");
    const before = pulls();
    for (let ask = 0; ask < 50_000; ask += 1) raw.send(page);
    await eventually(async () => expect(await fixture.metric("dumbwaiter_realtime_sockets")).toBe(0));
    expect(pulls() - before).toBeLessThan(50);
    raw.terminate();
  });
});

async function memoryInUse(): Promise<number> {
  // What a first collection finds of buffers is freed afterwards.
  collectGarbage();
  await setImmediate();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
