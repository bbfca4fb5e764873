import { UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { data } from "../../testing/envelopes.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

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
});
