import { DAY_MS, type DeviceId, type QueueAddress, type UserId } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";
import type { OpenSession } from "../session/open-session.ts";
import { createResync, resyncPace } from "./resync.ts";

describe("resync and last seen", () => {
  let fixture: RealtimeFixture;
  let bob: string;

  beforeAll(async () => {
    fixture = await openRealtimeFixture();
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    bob = freshUser();
  });

  it("reads the queues of all devices again after a resync, with no message twice or missing", async () => {
    const users = Array.from({ length: 30 }, freshUser);
    const clients = await Promise.all(users.map((user) => fixture.connect(user)));
    for (const client of clients) await eventually(() => expect(client.emptied()).toBe(1));
    const expected = new Map<string, string[]>();
    for (const user of users) {
      const delivered = await fixture.post(user, 2);
      const missed = await fixture.post(user, 3, { undelivered: true });
      expected.set(user, [...delivered, ...missed]);
    }
    await fixture.bus.raiseResync();
    await fixture.bus.raiseResync();
    for (const [index, client] of clients.entries()) {
      await eventually(() => expect(client.emptied()).toBeGreaterThanOrEqual(2));
      expect(client.ids()).toEqual(expected.get(users[index] as string));
    }
  });

  it("reads only the queues of the devices that a resync is for", async () => {
    const carol = freshUser();
    const [client, other] = [await fixture.connect(bob), await fixture.connect(carol)];
    for (const each of [client, other]) await eventually(() => expect(each.emptied()).toBe(1));
    const readsOfOther = () =>
      fixture.taps.queues.calls.filter(({ args }) => (args[0] as QueueAddress).user === carol).length;
    const before = readsOfOther();
    const missed = await fixture.post(bob, 2, { undelivered: true });
    await fixture.bus.raiseResync([{ user: bob as never, device: "default" as never }]);
    await eventually(() => expect(client.emptied()).toBe(2));
    expect(client.ids()).toEqual(missed);
    expect(readsOfOther()).toBe(before);
    // The next resync begins after the one before.
    await fixture.bus.raiseResync();
    await eventually(() => expect(other.emptied()).toBe(2));
    await eventually(() => expect(client.emptied()).toBe(3));
  });

  it("spreads a resync over a time that grows with the number of devices, up to its longest", () => {
    const seconds = (sessions: number) => {
      const { perTick, tickMs } = resyncPace(sessions, 20_000);
      return (Math.ceil(sessions / perTick) * tickMs) / 1000;
    };
    expect([10, 500, 1_000, 2_000].map(seconds)).toEqual([0.1, 5, 10, 20]);
    for (const sessions of [2_001, 9_999, 10_000, 50_000]) {
      expect(seconds(sessions)).toBeGreaterThan(13);
      expect(seconds(sessions)).toBeLessThanOrEqual(20);
    }
  });

  it("keeps to its pace, with one turn for a session however many resyncs begin", () => {
    jest.useFakeTimers();
    try {
      const turns = new Map<string, number>();
      const sessions = Array.from({ length: 40 }, (_, index) => {
        const address = { user: `user-${index}` as UserId, device: "phone" as DeviceId };
        const resync = () => turns.set(address.user, (turns.get(address.user) ?? 0) + 1);
        return { address, resync } as unknown as OpenSession;
      });
      const { begin, stop } = createResync(() => sessions, 400);
      begin(() => true);
      begin(() => true);
      const after = [0, 100, 100, 100, 100, 1_000].map((ms) => {
        jest.advanceTimersByTime(ms);
        return turns.size;
      });
      stop();
      expect(after).toEqual([0, 10, 20, 30, 40, 40]);
      expect(new Set(turns.values())).toEqual(new Set([1]));
    } finally {
      jest.useRealTimers();
    }
  });

  it("starts over when a resync comes in the middle of a catch-up", async () => {
    let held: Promise<void> | undefined;
    let release = () => {};
    const pages = new Map<string, number>();
    const { url } = await fixture.addNode(
      {},
      {
        queues: overridden(fixture.store.queues, {
          async page(address, request) {
            const page = await fixture.store.queues.page(address, request);
            pages.set(address.user, (pages.get(address.user) ?? 0) + 1);
            if (address.user === bob) await held;
            return page;
          },
        }),
      },
    );
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.emptied()).toBe(1));
    const behindBob = freshUser();
    await fixture.connect(behindBob, { url });
    held = new Promise((resolve) => {
      release = resolve;
    });
    await fixture.bus.raiseResync();
    await eventually(() => expect(pages.get(bob)).toBe(2));
    // Too late for the page that is being read.
    const missed = await fixture.post(bob, 2, { undelivered: true });
    const before = pages.get(behindBob) ?? 0;
    await fixture.bus.raiseResync();
    await eventually(() => expect(pages.get(behindBob)).toBeGreaterThan(before));
    release();
    await eventually(() => expect(client.ids()).toEqual(missed));
    await eventually(() => expect(client.emptied()).toBe(2));
  });

  it("reads from the beginning after a resync", async () => {
    await fixture.register(bob);
    const sent = await fixture.post(bob, 3, { undelivered: true });
    let readable = false;
    const { url } = await fixture.addNode(
      {},
      {
        queues: overridden(fixture.store.queues, {
          async page(address, request) {
            const page = await fixture.store.queues.page(address, request);
            return { ...page, messages: page.messages.filter(({ id }) => readable || id !== sent[0]) };
          },
        }),
      },
    );
    const client = await fixture.connect(bob, { url });
    await eventually(() => expect(client.emptied()).toBe(1));
    expect(client.ids()).toEqual(sent.slice(1));
    readable = true;
    await fixture.bus.raiseResync();
    await eventually(() => expect(client.ids()).toEqual([...sent.slice(1), sent[0]]));
  });

  it("finds devices that were removed while the node was disconnected", async () => {
    const [removed, replaced, kept] = [bob, freshUser(), freshUser()];
    const clients = await Promise.all([removed, replaced, kept].map((user) => fixture.connect(user)));
    for (const client of clients) await eventually(() => expect(client.emptied()).toBe(1));
    for (const user of [removed, replaced]) {
      await fixture.register(user, "other");
      await fixture.store.devices.remove({ user: user as never, device: "default" as never });
    }
    await fixture.register(replaced);
    await fixture.bus.raiseResync();
    for (const client of clients.slice(0, 2)) {
      await eventually(() =>
        expect(client.closings()).toEqual([{ code: "device_removed", retryable: false }]),
      );
    }
    await eventually(() => expect(clients[2]?.emptied()).toBe(2));
  });

  it("refreshes lastSeen of devices with open sockets, and does not bring removed ones back", async () => {
    const { url } = await fixture.addNode({ timings: { touchMs: 240 } });
    const carol = freshUser();
    const client = await fixture.connect(bob, { url });
    const other = await fixture.connect(carol, { url });
    for (const each of [client, other]) await eventually(() => expect(each.emptied()).toBe(1));
    await fixture.store.devices.remove({ user: carol as never, device: "default" as never });
    const { lastSeen } = await fixture.register(bob);
    fixture.clock.advance(DAY_MS + 1000);
    const devices = async (user: string) =>
      (await fixture.store.devices.lookup([user as never])).get(user as never) ?? [];
    await eventually(async () => {
      const [device] = await devices(bob);
      expect(device?.lastSeen).toBeGreaterThan(lastSeen + DAY_MS);
    });
    await eventually(() => expect(other.closings()).toEqual([{ code: "device_removed", retryable: false }]));
    expect(await devices(carol)).toEqual([]);
    expect(client.socket.connected || client.closings()[0]?.code === "token_expired").toBe(true);
  });
});
