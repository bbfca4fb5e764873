import type { Socket as NetSocket } from "node:net";
import {
  type DeviceId,
  type MessageQueues,
  type PageRequest,
  UnavailableError,
  type UserId,
} from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import type { TestClient } from "@dumbwaiter/dev-env/observe/test-client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { data } from "../../testing/envelopes.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

describe("a catch-up", () => {
  let fixture: RealtimeFixture;
  let bob: string;

  beforeAll(async () => {
    fixture = await openRealtimeFixture();
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    bob = freshUser();
  });
  afterEach(() => {
    fixture.subscriptions.before = undefined;
  });

  /** Bob's subscription, which is confirmed when the test says so. */
  function holdSubscription() {
    const confirmed = Promise.withResolvers<void>();
    const held = { isAsked: false, confirm: () => confirmed.resolve() };
    fixture.subscriptions.before = (_method, [address]) => {
      if ((address as { user: UserId }).user !== bob) return;
      held.isAsked = true;
      return confirmed.promise;
    };
    return held;
  }

  it("reads its first page only when the subscription is confirmed, so that nothing falls in between", async () => {
    const pages = () =>
      fixture.taps.queues.calls.filter(
        ({ method, args }) => method === "page" && (args[0] as { user: UserId }).user === bob,
      ).length;
    const subscription = holdSubscription();
    const client = await fixture.connect(bob);
    await eventually(() => expect(subscription.isAsked).toBe(true));
    // Its answer comes after all that the node has begun before.
    await client.ack([]);
    expect(pages()).toBe(0);
    // The processor cannot reach this node yet.
    const missed = await fixture.post(bob, 2, { undelivered: true });
    subscription.confirm();
    await eventually(() => expect(client.emptied()).toBe(1));
    expect(client.ids()).toEqual(missed);
  });

  it("looks nothing up for a socket that closes before the subscription is confirmed", async () => {
    const { url, metric } = await fixture.addNode();
    const subscription = holdSubscription();
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(subscription.isAsked).toBe(true));
    client.socket.disconnect();
    await eventually(async () => expect(await metric("dumbwaiter_realtime_sockets")).toBe(0));
    const calls = () =>
      [...fixture.taps.devices.calls, ...fixture.taps.queues.calls].filter(({ args }) =>
        JSON.stringify(args).includes(bob),
      ).length;
    const before = calls();
    subscription.confirm();
    await new Promise(setImmediate);
    expect(calls()).toBe(before);
  });

  it("lets its reads be left out once its socket has closed", async () => {
    const requests: PageRequest[] = [];
    const page: MessageQueues["page"] = (address, request) => {
      requests.push(request);
      return fixture.store.queues.page(address, request);
    };
    const { url } = await fixture.addNode({}, { queues: overridden(fixture.store.queues, { page }) });
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.emptied()).toBe(1));
    expect(requests.map(({ isGone }) => isGone?.())).toEqual([false]);
    client.socket.disconnect();
    await eventually(() => expect(requests[0]?.isGone?.()).toBe(true));
  });

  it("begins again after a while, so that what became readable behind it need not wait for its end", async () => {
    await fixture.register(bob);
    const sent = await fixture.post(bob, 100, { undelivered: true });
    const late = sent[3];
    let readable = false;
    const { url } = await fixture.addNode(
      { maxUnacked: 10, timings: { maxCursorAgeMs: 0 } },
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
      expect(client.ids()).toContain(late);
    });
    expect(client.ids().length).toBeLessThan(sent.length / 2);
  });

  it("reads no more at once than the buffer takes", async () => {
    await fixture.register(bob);
    const sent = await fixture.post(bob, 16, { fields: { encryptedData: data(16_000) }, undelivered: true });
    const maxBufferedBytes = 64 * 1024;
    const pages: number[] = [];
    const { url } = await fixture.addNode(
      { maxBufferedBytes },
      {
        queues: overridden(fixture.store.queues, {
          async page(address, request) {
            const page = await fixture.store.queues.page(address, request);
            pages.push(page.messages.reduce((sum, { envelope }) => sum + envelope.length, 0));
            return page;
          },
        }),
      },
    );
    const client = await fixture.connect(bob, { url, acking: true });
    await eventually(() => expect(client.emptied()).toBe(1));
    expect(client.ids()).toEqual(sent);
    expect(Math.max(...pages)).toBeLessThanOrEqual(maxBufferedBytes);
    expect(pages[0]).toBeGreaterThan(maxBufferedBytes / 2);
  });

  it("waits until half of the buffer is free, whatever is acknowledged", async () => {
    const { url, metric } = await fixture.addNode({
      ...{ maxUnacked: 10_000, maxBufferedBytes: 4 * 1024 * 1024 },
      timings: { stallMs: 600_000 },
    });
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.emptied()).toBe(1));
    const net = netSocketOf(client);
    net.pause();
    const holders = () => fixture.bus.holders([{ user: bob as UserId, device: "default" as DeviceId }]);
    const sent: string[] = [];
    await eventually(async () => {
      sent.push(...(await fixture.post(bob, 1, { fields: { encryptedData: data(240_000) } })));
      expect(await holders()).toEqual([0]);
    });
    const joined = fixture.subscriptions.count("confirm");
    for (const acked of [1, 2]) {
      client.socket.emit("ack", { messageIds: sent.slice(acked - 1, acked) }, () => {});
      await eventually(async () => expect(await fixture.queued(bob)).toHaveLength(sent.length - acked));
    }
    // The place of the first was free before the second was deleted.
    expect(fixture.subscriptions.count("confirm")).toBe(joined);
    expect(await holders()).toEqual([0]);
    expect(await metric("dumbwaiter_realtime_sockets")).toBe(1);
    net.resume();
    await eventually(async () => expect(await holders()).toEqual([1]));
  });
});

describe("a catch-up that fails", () => {
  let fixture: RealtimeFixture;
  /** When a page was asked for, by user, in milliseconds. */
  const reads = new Map<string, number[]>();
  const readsOf = (user: string) => reads.get(user) ?? [];

  beforeAll(async () => {
    fixture = await openRealtimeFixture({
      timings: { retryMs: 1, retryMaxMs: 500, unavailableMs: 600_000 },
    });
    fixture.taps.queues.before = (method, [address]) => {
      if (method !== "page") return;
      const { user } = address as { user: string };
      reads.set(user, [...readsOf(user), performance.now()]);
      throw new UnavailableError("test");
    };
  });
  afterAll(() => fixture.close());

  it("waits longer after each failure", async () => {
    const user = freshUser();
    await fixture.connect(user);
    await eventually(() => expect(readsOf(user).length).toBeGreaterThanOrEqual(8));
    // 1 ms, doubled six times, of which chance may take half.
    expect((readsOf(user)[7] as number) - (readsOf(user)[6] as number)).toBeGreaterThanOrEqual(31);
  });

  it("ends with its socket", async () => {
    const [bob, carol] = [freshUser(), freshUser()];
    const client = await fixture.connect(bob);
    await eventually(() => expect(readsOf(bob).length).toBeGreaterThanOrEqual(2));
    const sockets = () => fixture.metric("dumbwaiter_realtime_sockets");
    const before = await sockets();
    client.socket.disconnect();
    await eventually(async () => expect(await sockets()).toBe(before - 1));
    const atTheEnd = readsOf(bob).length;
    // In the time of so many retries, there would have been another.
    await fixture.connect(carol);
    await eventually(() => expect(readsOf(carol).length).toBeGreaterThanOrEqual(atTheEnd + 4));
    // One may have been under way.
    expect(readsOf(bob).length).toBeLessThanOrEqual(atTheEnd + 1);
  });
});

function netSocketOf({ socket }: TestClient): NetSocket {
  const { transport } = socket.io.engine as unknown as { transport: { ws: { _socket: NetSocket } } };
  return transport.ws._socket;
}
