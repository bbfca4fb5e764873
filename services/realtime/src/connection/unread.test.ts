import { randomUUID } from "node:crypto";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { RawWebSocket } from "@dumbwaiter/dev-env/hostile/raw-web-socket";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { data } from "../../testing/envelopes.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const CLOSES = "dumbwaiter_realtime_closes_total";

describe("clients that take without reading", () => {
  let fixture: RealtimeFixture;
  let mallory: string;
  const opened: RawWebSocket[] = [];

  beforeEach(async () => {
    fixture = await openRealtimeFixture();
    mallory = freshUser();
  });
  afterEach(async () => {
    for (const socket of opened.splice(0)) socket.destroy();
    await fixture.close();
  });

  /** Sockets of mallory's ten devices, each with a backlog of 4 MB. */
  async function joinMany(count: number, url = fixture.url): Promise<RawWebSocket[]> {
    const token = await fixture.token(mallory);
    for (let device = 0; device < 10; device += 1) await fixture.register(mallory, `d${device}`);
    await fixture.post(mallory, 20, { fields: { encryptedData: data(200_000) }, undelivered: true });
    while (opened.length < count) {
      const deviceId = `d${opened.length % 10}`;
      opened.push(await RawWebSocket.join(url, { token, deviceId }));
    }
    return opened;
  }

  it("lose those of a user's sockets that hold the most, and nobody else's", async () => {
    const { url, metric } = await fixture.addNode({ maxBufferedBytes: 64 * 1024 });
    const bob = await fixture.connect(freshUser(), { url, acking: true });
    for (const socket of await joinMany(16, url)) {
      socket.send(...Array.from({ length: 20 }, (_, index) => `42${index}["pull"]`));
    }
    // Sixteen times a buffer may be held for the user: less than one of its messages for each socket.
    await eventually(async () => {
      expect(await metric(CLOSES, { code: "slow_consumer" })).toBeGreaterThan(4);
      expect(await metric("dumbwaiter_realtime_sockets")).toBeLessThan(13);
    });
    expect(await bob.ack([])).toEqual({ ok: true });
    expect(bob.closings()).toEqual([]);
  });

  it("lose sockets, too, when what their requests take besides their text is too much", async () => {
    const { url, metric } = await fixture.addNode({ maxBufferedBytes: 64 * 1024 });
    const held = Promise.withResolvers<void>();
    fixture.taps.queues.before = (method) => (method === "delete" ? held.promise : undefined);
    const token = await fixture.token(mallory);
    for (let count = 0; count < 8; count += 1) {
      const socket = await RawWebSocket.join(url, { token });
      opened.push(socket);
      socket.read();
      socket.send(...Array.from({ length: 60 }, () => `42["ack",{"messageIds":["${randomUUID()}"]}]`));
    }
    // With what they take besides, more than the megabyte that a user may hold; their texts are 31 KB.
    await eventually(async () => expect(await metric("dumbwaiter_realtime_sockets")).toBe(5)).finally(
      held.resolve,
    );
  });

  it("are cut off when far more of their requests wait than a window of acks", async () => {
    const [socket] = await joinMany(1);
    socket?.send(...(Array(2_000).fill('420["pull"]') as string[]));
    await socket?.ended();
    expect(fixture.taps.queues.count("page")).toBeLessThan(80);
    expect(await fixture.metric("dumbwaiter_realtime_refusals_total", { at: "connection" })).toBe(1);
  });

  it("leave no pull behind that waits for their buffers, once they have closed", async () => {
    const [socket] = await joinMany(1);
    const answered = (event: string) => fixture.metric("dumbwaiter_realtime_requests_total", { event });
    socket?.send(...Array.from({ length: 5 }, (_, index) => `42${index}["pull"]`), '42["nothing"]');
    await eventually(async () => expect(await answered("unknown")).toBe(1));
    socket?.destroy();
    await eventually(async () => expect(await answered("pull")).toBe(5));
  });

  it("may acknowledge each message of a full window by itself, all at once", async () => {
    const ids = await fixture.post(mallory, 256);
    const token = await fixture.token(mallory);
    const socket = await RawWebSocket.join(fixture.url, { token });
    opened.push(socket);
    socket.read();
    socket.send(...ids.map((id) => `42["ack",{"messageIds":["${id}"]}]`));
    await eventually(async () => expect(await fixture.queued(mallory)).toEqual([]));
    expect(socket.closed).toBe(false);
  });

  it("get their answers in the order of their requests, and run few at once", async () => {
    const client = await fixture.connect(mallory);
    const answered: number[] = [];
    let underWay = 0;
    let most = 0;
    fixture.taps.queues.before = async (method) => {
      if (method !== "delete") return;
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
    };
    await Promise.all(
      Array.from({ length: 250 }, async (_, index) => {
        await client.ack([randomUUID()]);
        answered.push(index);
      }),
    );
    expect(answered).toHaveLength(250);
    expect(most).toBeLessThanOrEqual(64);
    fixture.taps.queues.before = undefined;
  });

  it("who provoke refusals by the thousand write a few lines of log", async () => {
    const token = await fixture.token(mallory);
    const socket = await RawWebSocket.join(fixture.url, { token });
    opened.push(socket);
    socket.read();
    for (let round = 0; round < 20; round += 1) {
      socket.send(...Array.from({ length: 100 }, (_, index) => `42${index}["auth",{"token":"bad"}]`));
      await eventually(async () =>
        expect(await fixture.metric("dumbwaiter_realtime_refusals_total", { at: "auth" })).toBe(
          (round + 1) * 100,
        ),
      );
    }
    expect(fixture.logs().length).toBeLessThan(10);
  });
});
