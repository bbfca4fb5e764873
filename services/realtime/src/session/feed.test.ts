import type { UserId } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
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

  it("reads its first page only when the subscription is confirmed, so that nothing falls in between", async () => {
    const pages = () =>
      fixture.taps.queues.calls.filter(
        ({ method, args }) => method === "page" && (args[0] as { user: UserId }).user === bob,
      ).length;
    const confirmed = Promise.withResolvers<void>();
    let confirming = false;
    fixture.subscriptions.before = (_method, [address]) => {
      if ((address as { user: UserId }).user !== bob) return;
      confirming = true;
      return confirmed.promise;
    };
    const client = await fixture.connect(bob);
    await eventually(() => expect(confirming).toBe(true));
    // Its answer comes after all that the node has begun before.
    await client.ack([]);
    expect(pages()).toBe(0);
    // The processor cannot reach this node yet.
    const missed = await fixture.post(bob, 2, { undelivered: true });
    confirmed.resolve();
    await eventually(() => expect(client.emptied()).toBe(1));
    expect(client.ids()).toEqual(missed);
    fixture.subscriptions.before = undefined;
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
});
