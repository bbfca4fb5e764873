import { randomUUID } from "node:crypto";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { frame, OPCODES, RawWebSocket } from "@dumbwaiter/dev-env/hostile/raw-web-socket";
import { collectGarbage } from "@dumbwaiter/service";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { PATIENT_TIMINGS, RawSockets } from "../../testing/raw-sockets.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const REFUSALS = "dumbwaiter_realtime_refusals_total";

describe("the end of a connection: a client", () => {
  let fixture: RealtimeFixture;
  let clients: RawSockets;

  beforeAll(async () => {
    fixture = await openRealtimeFixture({ timings: PATIENT_TIMINGS });
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    clients = new RawSockets(fixture, { token: await fixture.token(freshUser()) });
  });
  afterEach(() => clients.close());

  it("is destroyed at the handshake time-out, whether it sent half a frame, nothing, or reads nothing", async () => {
    const node = await fixture.addNode({ timings: { ...PATIENT_TIMINGS, handshakeMs: 300 } });
    const sockets = await Promise.all(Array.from({ length: 3 }, () => clients.open(node.url)));
    sockets[0]?.write(frame("a".repeat(10_000)).subarray(0, 5_000));
    for (const socket of sockets) await socket.ended();
    // The clients may see the end first.
    await eventually(async () => expect(await connectionsOf(node)).toBe(0));
  });

  it("is destroyed after it was refused, or has left, though it reads nothing and stays", async () => {
    const node = await fixture.addNode({ timings: { ...PATIENT_TIMINGS, hangUpMs: 200 } });
    const refused = await clients.open(node.url);
    refused.send('40{"token":"abc"}');
    const left = await clients.join(node.url);
    left.send("41");
    await eventually(async () => expect(await connectionsOf(node)).toBe(0));
  });

  it("keeps its connection for a while, whatever came with what broke the rule", async () => {
    const node = await fixture.addNode({ timings: { ...PATIENT_TIMINGS, lingerMs: 60_000 } });
    const socket = await clients.open(node.url);
    // As much as Node reads at once.
    socket.write(
      Buffer.concat(Array(500).fill(frame("p".repeat(125), { opcode: OPCODES.ping })) as Buffer[]),
    );
    await eventually(async () => expect(await node.metric(REFUSALS, { at: "connection" })).toBe(1));
    expect(await connectionsOf(node)).toBe(1);
  });

  it("keeps its connection for a while after it had joined", async () => {
    const node = await fixture.addNode({ timings: { ...PATIENT_TIMINGS, lingerMs: 60_000 } });
    const socket = await clients.join(node.url);
    socket.read();
    socket.send("40/x,");
    await eventually(async () => expect(await node.metric(REFUSALS, { at: "connection" })).toBe(1));
    // What the node has sent by now comes before its answers to another client.
    await fixture.connect(freshUser(), { url: node.url });
    expect(socket.closed).toBe(false);
  });

  it("is destroyed when it answers no ping, though half a frame is under way", async () => {
    const node = await fixture.addNode({
      timings: { ...PATIENT_TIMINGS, pingIntervalMs: 100, pingTimeoutMs: 200 },
    });
    const socket = await clients.join(node.url);
    socket.write(frame(`42["send",{"a":"${"a".repeat(200_000)}"}]`).subarray(0, 100_000));
    await socket.ended();
    await eventually(async () => expect(await connectionsOf(node)).toBe(0));
  });

  it("is heard to the end when it only goes on sending while the server closes", async () => {
    const node = await fixture.addNode({ timings: PATIENT_TIMINGS });
    const socket = await clients.join(node.url);
    socket.read();
    const drained = node.realtime.drain();
    const acks = Array(1_000).fill(`42["ack",{"messageIds":["${randomUUID()}"]}]`) as string[];
    socket.send(...acks.slice(0, 200));
    await drained;
    for (let sent = 200; sent < acks.length; sent += 200) {
      socket.send(...acks.slice(sent, sent + 200));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => expect(socket.received).toContain('"code":"drain"'));
    expect(await node.metric(REFUSALS, { at: "connection" })).toBe(0);
  });

  it("leaves nothing behind when it has joined and closes", async () => {
    const node = await fixture.addNode({ timings: PATIENT_TIMINGS });
    async function comeAndGo(): Promise<void> {
      const socket = await RawWebSocket.join(node.url, { token: await fixture.token(freshUser()) });
      socket.destroy();
    }
    async function crowd(): Promise<void> {
      for (let round = 0; round < 20; round += 1) await Promise.all(Array.from({ length: 10 }, comeAndGo));
      await eventually(async () => expect(await connectionsOf(node)).toBe(0));
      // The calls that the fixture records hold whoever made them.
      for (const { calls } of Object.values(fixture.taps)) calls.length = 0;
    }
    await crowd();
    const before = heapInUse();
    await crowd();
    // What is under way for the last ones ends a little later.
    await eventually(() => expect((heapInUse() - before) / 200).toBeLessThan(3_000));
  });

  it("leaves nothing of its auth behind but its token and device", async () => {
    const junk = `[${Array(1_500).fill("{}").join(",")}]`;
    const before = heapInUse();
    const sockets = await Promise.all(
      Array.from({ length: 16 }, () => clients.join(fixture.url, { junk: JSON.parse(junk) as object })),
    );
    expect((heapInUse() - before) / sockets.length).toBeLessThan(80_000);
  });
});

function connectionsOf({ httpServer }: Pick<RealtimeFixture, "httpServer">): Promise<number> {
  return new Promise((resolve) => httpServer.getConnections((_error, count) => resolve(count)));
}

function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
