import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const UNACKED = "dumbwaiter_realtime_unacked_messages";

describe("the window", () => {
  let fixture: RealtimeFixture;
  let bob: string;

  beforeAll(async () => {
    fixture = await openRealtimeFixture();
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    bob = freshUser();
  });

  it("stops at exactly 256 unacked messages, live or not, and continues when half is free", async () => {
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.emptied()).toBe(1));
    const sent = [...(await fixture.post(bob, 200)), ...(await fixture.post(bob, 200))];
    await eventually(() => expect(client.ids()).toHaveLength(256));
    await client.ack(sent.slice(0, 127));
    await fixture.post(bob, 1);
    // Its response comes after everything that was sent before it.
    await client.ack([]);
    expect(client.ids()).toEqual(sent.slice(0, 256));
    await client.ack(sent.slice(127, 128));
    await eventually(() => expect(client.ids()).toHaveLength(256 + 128));
    await client.ack([]);
    expect(client.ids()).toEqual(sent.slice(0, 384));
    await client.ack(client.ids());
    await eventually(() => expect(client.ids()).toHaveLength(401));
    await eventually(() => expect(client.emptied()).toBe(2));
  });

  it("sends queue:empty even when the last message fills the window", async () => {
    await fixture.register(bob);
    await fixture.post(bob, 256, { undelivered: true });
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.emptied()).toBe(1));
    expect(client.ids()).toHaveLength(256);
  });

  it("continues for a client that acknowledges only over HTTP", async () => {
    const timings = { ackProbeMs: 50, ackProbeMaxMs: 400 };
    const { url } = await fixture.addNode({ maxUnacked: 20, timings });
    const { queue } = await fixture.register(bob);
    const sent = await fixture.post(bob, 100, { undelivered: true });
    const client = await fixture.connect(bob, { url });
    const acked = new Set<string>();
    await eventually(async () => {
      const ids = client.ids().filter((id) => !acked.has(id));
      await fixture.store.queues.delete({ user: bob as never, queue }, ids);
      for (const id of ids) acked.add(id);
      expect([...acked]).toEqual(sent);
    });
    expect(client.ids()).toEqual(sent);
    await eventually(() => expect(client.emptied()).toBe(1));
  });

  it("finds room when all messages except the oldest were acknowledged over HTTP", async () => {
    const timings = { ackProbeMs: 20, ackProbeMaxMs: 100 };
    const { url } = await fixture.addNode({ maxUnacked: 20, timings });
    const { queue } = await fixture.register(bob);
    const sent = await fixture.post(bob, 30, { undelivered: true });
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.ids()).toHaveLength(20));
    await fixture.store.queues.delete({ user: bob as never, queue }, sent.slice(1, 20));
    await eventually(() => expect(client.ids()).toEqual(sent));
  });

  it("checks at growing intervals whether a full window was acknowledged elsewhere", async () => {
    const timings = { ackProbeMs: 20, ackProbeMaxMs: 60_000 };
    const { url } = await fixture.addNode({ maxUnacked: 2, timings });
    const looks: number[] = [];
    fixture.taps.queues.before = (method, [address]) => {
      if (method === "stillQueued" && (address as { user: string }).user === bob)
        looks.push(performance.now());
    };
    const client = await fixture.connect(bob, { url });
    await fixture.post(bob, 3);
    await eventually(() => expect(client.ids()).toHaveLength(2));
    await eventually(() => expect(looks.length).toBeGreaterThanOrEqual(5));
    fixture.taps.queues.before = undefined;
    // A timer may fire a little early, and late on a busy machine.
    const pauses = looks.slice(1, 5).map((at, index) => at - (looks[index] as number));
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThan(40 * 2 ** index - 2);
  });

  it("frees the windows of all sockets of the device with one ack", async () => {
    const { url } = await fixture.addNode({ maxUnacked: 4 });
    const clients = [await fixture.connect(bob, { url }), await fixture.connect(bob, { url })];
    for (const client of clients) await eventually(() => expect(client.emptied()).toBe(1));
    const sent = await fixture.post(bob, 8);
    for (const client of clients) await eventually(() => expect(client.ids()).toHaveLength(4));
    await clients[0]?.ack(sent.slice(0, 4));
    for (const client of clients) await eventually(() => expect(client.ids()).toEqual(sent));
  });

  it("delivers an ephemeral message outside the window and the queue", async () => {
    const { url, metric } = await fixture.addNode({ maxUnacked: 2 });
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.emptied()).toBe(1));
    const sent = await fixture.post(bob, 5, { fields: { isEphemeral: true } });
    const [stored] = await fixture.post(bob);
    await eventually(() => expect(client.ids()).toEqual([...sent, stored]));
    expect(await metric(UNACKED)).toBe(1);
    expect(await fixture.queued(bob)).toEqual([stored]);
  });
});
