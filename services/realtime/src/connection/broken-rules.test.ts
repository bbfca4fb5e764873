import { once } from "node:events";
import { connect } from "node:net";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { frame, OPCODES, RawWebSocket } from "@dumbwaiter/dev-env/hostile/raw-web-socket";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { PATIENT_TIMINGS, RawSockets } from "../../testing/raw-sockets.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const MIB = 1024 * 1024;
const REFUSALS = "dumbwaiter_realtime_refusals_total";

describe("a client that breaks a rule", () => {
  let fixture: RealtimeFixture;
  let sockets: RawSockets;
  let mallory: string;
  const open = (url?: string) => sockets.open(url);
  const join = (url?: string) => sockets.join(url);

  beforeAll(async () => {
    fixture = await openRealtimeFixture({ timings: PATIENT_TIMINGS });
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    mallory = freshUser();
    sockets = new RawSockets(fixture, { token: await fixture.token(mallory) });
  });
  afterEach(() => sockets.close());

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
});

async function openPacket(url: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  const packet = await new Promise<string>((resolve) => {
    socket.onmessage = ({ data }) => resolve(String(data));
  });
  return { packet, socket };
}
