import { UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { data, openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const DELIVERED = "dumbwaiter_realtime_messages_delivered_total";
const UNACKED = "dumbwaiter_realtime_unacked_messages";

describe("backlog and live", () => {
  let fixture: RealtimeFixture;
  let bob: string;

  beforeAll(async () => {
    fixture = await openRealtimeFixture();
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    bob = freshUser();
  });

  it("sends the backlog in order, then queue:empty, then live messages", async () => {
    const { url, metric } = await fixture.addNode();
    await fixture.register(bob);
    const backlog = await fixture.post(bob, 3, { undelivered: true });
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.emptied()).toBe(1));
    expect(client.ids()).toEqual(backlog);
    expect(client.messages[0]?.envelope).toEqual({
      recipientId: `urn:sm:user:${bob}`,
      encryptedData: "AEBD",
      encryptedSymmetricKey: "BCDE",
    });
    const [live] = await fixture.post(bob);
    await eventually(() => expect(client.ids()).toEqual([...backlog, live]));
    expect(await client.ack(client.ids())).toEqual({ ok: true });
    expect(await fixture.queued(bob)).toEqual([]);
    expect(await metric(DELIVERED, { from: "backlog" })).toBe(3);
    expect(await metric(DELIVERED, { from: "live" })).toBe(1);
    expect(await metric("dumbwaiter_realtime_messages_acked_total")).toBe(4);
    expect(await metric(UNACKED)).toBe(0);
  });

  it("sends 2,000 queued messages in order with at most 256 unacked, and misses none of 500 sent meanwhile", async () => {
    const { url, metric } = await fixture.addNode();
    await fixture.register(bob);
    const backlog: string[] = [];
    for (let batch = 0; batch < 4; batch += 1) {
      backlog.push(...(await fixture.post(bob, 500, { undelivered: true })));
    }
    const client = await fixture.connect(bob, { url, unconnected: true, acking: true });
    const unacked: number[] = [];
    client.socket.on("message", async () => unacked.push(await metric(UNACKED)));
    const meanwhile: string[] = [];
    for (let batch = 0; batch < 50; batch += 1) meanwhile.push(...(await fixture.post(bob, 10)));
    await eventually(async () => expect(await fixture.queued(bob)).toEqual([]));
    await eventually(() => expect(client.emptied()).toBeGreaterThan(0));
    expect(Math.max(...unacked)).toBeLessThanOrEqual(256);
    expect(new Set(client.ids())).toEqual(new Set([...backlog, ...meanwhile]));
    const queuedBefore = new Set<string>(backlog);
    expect([...new Set(client.ids())].filter((id) => queuedBefore.has(id))).toEqual(backlog);
  });

  it("reports the age of the oldest unacknowledged message", async () => {
    const { url, metric } = await fixture.addNode();
    const age = () => metric("dumbwaiter_realtime_oldest_unacked_seconds");
    const client = await fixture.connect(bob, { url });
    expect(await age()).toBe(0);
    const [first] = await fixture.post(bob, 1);
    await eventually(async () => expect(await age()).toBeGreaterThan(0.2));
    const secondAt = fixture.clock.now();
    const [second] = await fixture.post(bob, 1);
    await client.ack([first as string]);
    const left = await age();
    expect(left).toBeLessThanOrEqual((fixture.clock.now() - secondAt) / 1000);
    await client.ack([second as string]);
    expect(await age()).toBe(0);
  });

  it("sends what is queued once while the bus is unavailable, and what it missed when the bus is back", async () => {
    const { url } = await fixture.addNode({ timings: { retryMs: 10, retryMaxMs: 20 } });
    await fixture.register(bob);
    const backlog = await fixture.post(bob, 3, { undelivered: true });
    let confirmations = 0;
    fixture.subscriptions.before = (_method, [address]) => {
      if ((address as { user: string }).user !== bob) return;
      confirmations += 1;
      throw new UnavailableError("test");
    };
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.emptied()).toBe(1));
    expect(client.ids()).toEqual(backlog);
    expect(await client.ack(backlog.slice(0, 1))).toEqual({ ok: true });
    const pages = fixture.taps.queues.count("page");
    const missed = await fixture.post(bob, 2, { undelivered: true });
    const before = confirmations;
    await eventually(() => expect(confirmations).toBeGreaterThan(before + 3));
    expect(fixture.taps.queues.count("page")).toBe(pages);
    fixture.subscriptions.before = undefined;
    await eventually(() => expect(client.emptied()).toBe(2));
    expect(client.ids()).toEqual([...backlog, ...missed]);
    expect(client.closings()).toEqual([]);
  });

  it("sends a backlog of several windows while the bus is unavailable", async () => {
    const { url } = await fixture.addNode({ maxUnacked: 10, timings: { retryMs: 10, retryMaxMs: 20 } });
    await fixture.register(bob);
    const backlog = await fixture.post(bob, 35, { undelivered: true });
    fixture.subscriptions.before = (_method, [address]) => {
      if ((address as { user: string }).user === bob) throw new UnavailableError("test");
    };
    const client = await fixture.connect(bob, { url, acking: true });
    await eventually(() => expect(client.emptied()).toBe(1));
    expect(client.ids()).toEqual(backlog);
    fixture.subscriptions.before = undefined;
    await eventually(() => expect(client.emptied()).toBe(2));
    expect(client.ids()).toEqual(backlog);
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

  it("finds a message that became readable behind the cursor", async () => {
    await fixture.register(bob);
    const sent = await fixture.post(bob, 30, { undelivered: true });
    const late = sent[3];
    let readable = false;
    const { url } = await fixture.addNode(
      { maxUnacked: 10 },
      {
        queues: overridden(fixture.store.queues, {
          async page(address, request) {
            const page = await fixture.store.queues.page(address, request);
            return { ...page, messages: page.messages.filter(({ id }) => readable || id !== late) };
          },
        }),
      },
    );
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.ids().length).toBeGreaterThanOrEqual(9));
    readable = true;
    await eventually(async () => {
      await client.ack(client.ids());
      expect(new Set(client.ids())).toEqual(new Set(sent));
      expect(client.emptied()).toBe(1);
    });
    expect(client.ids().filter((id) => id !== late)).toEqual(sent.filter((id) => id !== late));
  });

  it("does not resend what came live or was acknowledged while a page was being read", async () => {
    let held: Promise<void> | undefined;
    let release = () => {};
    let pages = 0;
    const { url } = await fixture.addNode(
      {},
      {
        queues: overridden(fixture.store.queues, {
          async page(address, request) {
            const page = await fixture.store.queues.page(address, request);
            pages += 1;
            await held;
            return page;
          },
        }),
      },
    );
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.emptied()).toBe(1));
    const before = await fixture.post(bob, 3);
    const late = await fixture.post(bob, 2, { undelivered: true });
    await eventually(() => expect(client.ids()).toEqual(before));
    held = new Promise((resolve) => {
      release = resolve;
    });
    await fixture.bus.raiseResync();
    await eventually(() => expect(pages).toBe(2));
    await client.ack(before.slice(0, 2));
    await fixture.deliver(bob, late.slice(0, 1));
    await eventually(() => expect(client.ids()).toHaveLength(4));
    await client.ack(late.slice(0, 1));
    release();
    await eventually(() => expect(client.emptied()).toBe(2));
    expect(client.ids()).toEqual([...before, ...late]);
  });

  it("neither disconnects a client that gets five large messages nor skips one", async () => {
    await fixture.register(bob);
    const fields = { encryptedData: data(240_000) };
    const queued = await fixture.post(bob, 5, { fields, undelivered: true });
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.ids()).toEqual(queued));
    const live = await fixture.post(bob, 5, { fields });
    await eventually(() => expect(new Set(client.ids())).toEqual(new Set([...queued, ...live])));
    await client.ack(client.ids());
    expect(client.closings()).toEqual([]);
    expect(client.socket.connected).toBe(true);
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
    const looks = () =>
      fixture.taps.queues.calls.filter(
        ({ method, args }) => method === "stillQueued" && (args[0] as { user: string }).user === bob,
      ).length;
    const client = await fixture.connect(bob, { url });
    await fixture.post(bob, 3);
    await eventually(() => expect(client.ids()).toHaveLength(2));
    await eventually(() => expect(looks()).toBe(4));
    const startedAt = performance.now();
    await eventually(() => expect(looks()).toBe(5));
    expect(performance.now() - startedAt).toBeGreaterThan(200);
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

  it("delivers to two devices with separate queues, and to all sockets of one device", async () => {
    const { url } = await fixture.addNode();
    const phone = await fixture.connect(bob, { deviceId: "phone" });
    const tablet = await fixture.connect(bob, { deviceId: "tablet" });
    const elsewhere = await fixture.connect(bob, { deviceId: "tablet", url });
    const clients = [phone, tablet, elsewhere];
    for (const client of clients) await eventually(() => expect(client.emptied()).toBe(1));
    const sent = await fixture.post(bob, 10);
    for (const client of clients) await eventually(() => expect(client.ids()).toEqual(sent));
    await phone.ack(sent);
    expect(await fixture.queued(bob, "phone")).toEqual([]);
    expect(await fixture.queued(bob, "tablet")).toEqual(sent);
    await elsewhere.ack(sent);
    expect(await fixture.queued(bob, "tablet")).toEqual([]);
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
});
