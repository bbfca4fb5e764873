import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { frame, OPCODES, RawWebSocket } from "@dumbwaiter/dev-env/hostile/raw-web-socket";
import { collectGarbage } from "@dumbwaiter/service";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const MIB = 1024 * 1024;
const REFUSALS = "dumbwaiter_realtime_refusals_total";

/** Long enough that only a rule, no time-out, ends a connection. */
const TIMINGS = {
  handshakeMs: 60_000,
  hangUpMs: 60_000,
  pingIntervalMs: 60_000,
  stallMs: 60_000,
  lingerMs: 0,
};

describe("a client that breaks a rule", () => {
  let fixture: RealtimeFixture;
  let mallory: string;
  let auth: { token: string };
  const opened: RawWebSocket[] = [];

  beforeAll(async () => {
    fixture = await openRealtimeFixture({ timings: TIMINGS });
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    mallory = freshUser();
    auth = { token: await fixture.token(mallory) };
  });
  afterEach(async () => {
    for (const socket of opened.splice(0)) socket.destroy();
    await eventually(async () => expect(await fixture.metric("dumbwaiter_realtime_sockets")).toBe(0));
  });

  async function open(url = fixture.url): Promise<RawWebSocket> {
    const socket = await RawWebSocket.open(url);
    opened.push(socket);
    return socket;
  }

  async function join(url = fixture.url): Promise<RawWebSocket> {
    const socket = await RawWebSocket.join(url, auth);
    opened.push(socket);
    return socket;
  }

  const events = () => fixture.metric(REFUSALS, { at: "connection" });

  it.each([
    ["joins another namespace", ["40/x,"]],
    ["joins a namespace with a long name", [`40/${"a".repeat(5_000)},`]],
    ["joins a namespace with a query", ["40/?a=b,{}"]],
    ["sends an event", ['42["pull"]']],
    ["sends a binary packet", [Buffer.from([0])]],
    ["announces an attachment", ['451-["pull",{"_placeholder":true,"num":0}]']],
    ["sends auth that is no object", ["40[]"]],
    ["sends auth that is no JSON", ['40{"token":']],
    ["sends no Engine.IO packet", ["x"]],
    ["pings as Engine.IO 3 did", ["2"]],
    ["wants to upgrade", ["5"]],
    ["sends more than 16 KiB", [`40{"token":"${"a".repeat(17_000)}"}`]],
    ["sends auth of more than 8 KiB", [`40{"token":"a","junk":"${"a".repeat(8_200)}"}`]],
    ["sends many packets", Array(100).fill("3") as string[]],
  ])("is cut off before it has joined, without an answer: it %s", async (_name, packets) => {
    const before = await events();
    const socket = await open();
    socket.send(...packets);
    await socket.ended();
    expect(socket.received).not.toMatch(/44[{/]/);
    expect(socket.received).not.toContain("aaaa");
    expect(await events()).toBe(before + 1);
  });

  it.each([
    ["joins another namespace", "40/x,"],
    ["joins again", "40{}"],
    ["uses another namespace", '42/x,["ack",{}]'],
    ["leaves another namespace", "41/x,"],
    ["sends a binary packet", Buffer.from("x")],
    ["announces an attachment", '451-["send",{"_placeholder":true,"num":0}]'],
    ["answers what was not asked", "430[]"],
    ["sends a reserved event", '42["disconnect"]'],
    ["sends an event that is no list", '42{"a":1}'],
    ["sends an event that is no JSON", '420["ack",'],
    ["sends an event of thousands of values", `420["send",[${Array(3_000).fill("{}")}]]`],
    ["sends an event of great depth", `420["send",${"[".repeat(3_000)}${"]".repeat(3_000)}]`],
    ["sends a callback number of many digits", `42${"1".repeat(1_000)}["ack",{}]`],
  ])(
    "is cut off after it has joined, and nothing that came along is handled: it %s",
    async (_name, packet) => {
      const before = await events();
      const socket = await join();
      const [id] = await fixture.post(mallory);
      socket.send(packet, `42["ack",{"messageIds":["${id}"]}]`, "41");
      await socket.ended();
      expect(socket.received).not.toMatch(/44[{/]/);
      expect(await events()).toBe(before + 1);
      // The message was not acked: another client of the user gets it.
      const client = await fixture.connect(mallory);
      await eventually(() => expect(client.ids()).toEqual([id]));
      client.socket.disconnect();
    },
  );

  it.each([["without reading, before joining"], ["without reading, after joining"]])(
    "holds no memory by asking for other namespaces %s",
    async (when) => {
      const socket = when.includes("before") ? await open() : await join();
      const names = Buffer.concat(Array(5_000).fill(frame(`40/${"a".repeat(60)},`)) as Buffer[]);
      const before = process.memoryUsage().rss;
      await socket.flood(names, 5_000);
      expect(socket.net.destroyed).toBe(true);
      expect(process.memoryUsage().rss - before).toBeLessThan(32 * MIB);
    },
  );

  it("is destroyed at the handshake time-out, whether it sent half a frame, nothing, or reads nothing", async () => {
    const node = await fixture.addNode({ timings: { ...TIMINGS, handshakeMs: 300 } });
    const sockets = await Promise.all(Array.from({ length: 3 }, () => open(node.url)));
    sockets[0]?.write(frame("a".repeat(10_000)).subarray(0, 5_000));
    for (const socket of sockets) await socket.ended();
    // The clients may see the end first.
    await eventually(async () => expect(await connectionsOf(node)).toBe(0));
  });

  it("is destroyed after it was refused, or has left, though it reads nothing and stays", async () => {
    const node = await fixture.addNode({ timings: { ...TIMINGS, hangUpMs: 200 } });
    const refused = await open(node.url);
    refused.send('40{"token":"abc"}');
    const left = await join(node.url);
    left.send("41");
    await eventually(async () => expect(await connectionsOf(node)).toBe(0));
  });

  it("keeps its connection for a while, whatever came with what broke the rule", async () => {
    const node = await fixture.addNode({ timings: { ...TIMINGS, lingerMs: 60_000 } });
    const socket = await open(node.url);
    // As much as Node reads at once.
    socket.write(
      Buffer.concat(Array(500).fill(frame("p".repeat(125), { opcode: OPCODES.ping })) as Buffer[]),
    );
    await eventually(async () => expect(await node.metric(REFUSALS, { at: "connection" })).toBe(1));
    expect(await connectionsOf(node)).toBe(1);
  });

  it("keeps its connection for a while after it had joined", async () => {
    const node = await fixture.addNode({ timings: { ...TIMINGS, lingerMs: 60_000 } });
    const socket = await join(node.url);
    socket.read();
    socket.send("40/x,");
    await eventually(async () => expect(await node.metric(REFUSALS, { at: "connection" })).toBe(1));
    // What the node has sent by now comes before its answers to another client.
    await fixture.connect(freshUser(), { url: node.url });
    expect(socket.closed).toBe(false);
  });

  it("is destroyed when it answers no ping, though half a frame is under way", async () => {
    const node = await fixture.addNode({
      timings: { ...TIMINGS, pingIntervalMs: 100, pingTimeoutMs: 200 },
    });
    const socket = await join(node.url);
    socket.write(frame(`42["send",{"a":"${"a".repeat(200_000)}"}]`).subarray(0, 100_000));
    await socket.ended();
    await eventually(async () => expect(await connectionsOf(node)).toBe(0));
  });

  it("cannot keep much of a message back: neither in tiny frames, nor among control frames", async () => {
    const fragment = frame("a", { opcode: OPCODES.continuation, final: false });
    const first = frame("42", { final: false });
    const pong = frame("p".repeat(125), { opcode: OPCODES.pong });
    for (const flood of [fragment, Buffer.concat(Array(500).fill(pong) as Buffer[])]) {
      const socket = await join();
      socket.write(first);
      await socket.flood(Buffer.concat(Array(1_000).fill(flood) as Buffer[]), 5_000);
      expect(socket.net.destroyed).toBe(true);
    }
  });

  it("cannot flood with packets that ask for nothing", async () => {
    const socket = await join();
    await socket.flood(Buffer.concat(Array(5_000).fill(frame("3")) as Buffer[]), 5_000);
    expect(socket.net.destroyed).toBe(true);
    expect(await fixture.metric(REFUSALS, { at: "connection", code: "rate_limited" })).toBeGreaterThan(0);
  });

  it("may have a few thousand requests refused, over all sockets of its user", async () => {
    const refused = () => fixture.metric(REFUSALS, { at: "unknown" });
    const packets = Buffer.concat(Array(100).fill(frame('420["nothing"]')) as Buffer[]);
    async function refusedUntilCut(socket: RawWebSocket): Promise<number> {
      const before = await refused();
      socket.read();
      for (let expected = before + 100; !socket.closed && expected < before + 20_000; expected += 100) {
        socket.write(packets);
        await eventually(async () => expect(socket.closed || (await refused()) >= expected).toBe(true));
      }
      expect(socket.closed).toBe(true);
      return (await refused()) - before;
    }
    const [first, second] = [await join(), await join()];
    expect(await refusedUntilCut(first)).toBeGreaterThan(3_500);
    const spentAt = performance.now();
    // What a new socket, or another that is open, gets is what the budget has regained: 100 a second.
    for (const another of [second, await join()]) {
      const refusals = await refusedUntilCut(another);
      expect(refusals).toBeLessThan(1_000 + (performance.now() - spentAt) / 10);
    }
    const bob = await fixture.connect(freshUser());
    expect(await bob.request("nothing")).toMatchObject({ ok: false });
    expect(await bob.ack([])).toEqual({ ok: true });
    bob.socket.disconnect();
  });

  it("is heard to the end when it only goes on sending while the server closes", async () => {
    const node = await fixture.addNode({ timings: TIMINGS });
    const socket = await join(node.url);
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

  it("cannot exchange the transport of its connection, or leave an upgrade half open", async () => {
    const socket = await join();
    const victim = await openPacket(fixture.url);
    const [, sid] = /"sid":"([^"]+)"/.exec(victim.packet) ?? [];
    expect(sid).toBeDefined();
    const other = await RawWebSocket.open(fixture.url, {
      path: `/socket.io/?EIO=4&transport=websocket&sid=${sid}`,
    });
    expect(other.status).toContain("400");
    const elsewhere = await RawWebSocket.open(fixture.url, { path: "/elsewhere" });
    expect(elsewhere.status).toBe("");
    victim.socket.close();
    socket.destroy();
  });

  it("gets no more than one answer from a connection that does not upgrade", async () => {
    const socket = connect(Number(new URL(fixture.url).port), "127.0.0.1");
    let answers = "";
    socket.on("data", (chunk) => {
      answers += chunk;
    });
    socket.write("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50));
    await once(socket, "close");
    expect(answers.match(/HTTP\/1\.1 400/g)).toHaveLength(1);
  });

  it("leaves nothing behind when it has joined and closes", async () => {
    const node = await fixture.addNode({ timings: TIMINGS });
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
      Array.from({ length: 16 }, () =>
        RawWebSocket.join(fixture.url, { ...auth, junk: JSON.parse(junk) as object }),
      ),
    );
    opened.push(...sockets);
    expect((heapInUse() - before) / sockets.length).toBeLessThan(80_000);
  });
});

async function openPacket(url: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  const packet = await new Promise<string>((resolve) => {
    socket.onmessage = ({ data }) => resolve(String(data));
  });
  return { packet, socket };
}

function connectionsOf({ httpServer }: Pick<RealtimeFixture, "httpServer">): Promise<number> {
  return new Promise((resolve) => httpServer.getConnections((_error, count) => resolve(count)));
}

function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
