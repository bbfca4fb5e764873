import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const DELAY = "dumbwaiter_realtime_delivery_latency_seconds";

describe("the delay of deliveries", () => {
  let fixture: RealtimeFixture;
  let bob: string;

  beforeEach(async () => {
    fixture = await openRealtimeFixture({ maxUnacked: 4 });
    bob = freshUser();
  });
  afterEach(() => fixture.close());

  /** How many were sent in time, and in all. */
  const counted = async (from: "backlog" | "live") => [
    await fixture.metric(DELAY, { from, le: "1" }),
    await fixture.metric(DELAY, { from, le: "+Inf" }),
  ];

  it("is that of a message which is read from its queue after an outage of the bus", async () => {
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.emptied()).toBe(1));
    const [missed] = await fixture.post(bob, 1, { undelivered: true });
    fixture.clock.advance(20_000);
    await fixture.bus.raiseResync();
    await eventually(() => expect(client.ids()).toEqual([missed]));
    expect(await counted("backlog")).toEqual([0, 1]);
    expect(await fixture.metric(DELAY, { from: "backlog", le: "30" })).toBe(1);
    expect(await counted("live")).toEqual([0, 0]);
  });

  it("is from accepting to sending for what comes live, however late", async () => {
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.emptied()).toBe(1));
    const [soon] = await fixture.post(bob);
    fixture.clock.advance(60_000);
    const [late] = await fixture.post(bob, 1, { acceptedMsAgo: 45_000 });
    await eventually(() => expect(client.ids()).toEqual([soon, late]));
    expect(await counted("live")).toEqual([1, 2]);
    expect(await fixture.metric(DELAY, { from: "live", le: "60" })).toBe(2);
  });

  it("is not that of a message which came while the device was away", async () => {
    await fixture.register(bob);
    const [waiting] = await fixture.post(bob, 1, { undelivered: true });
    fixture.clock.advance(60_000);
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.ids()).toEqual([waiting]));
    expect(await counted("backlog")).toEqual([0, 0]);
  });

  it("is not that of a message which was accepted while the device was away, and comes live", async () => {
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.emptied()).toBe(1));
    const [waiting] = await fixture.post(bob, 1, { acceptedMsAgo: 45_000 });
    await eventually(() => expect(client.ids()).toEqual([waiting]));
    expect(await fixture.metric("dumbwaiter_realtime_messages_delivered_total", { from: "live" })).toBe(1);
    expect(await counted("live")).toEqual([0, 0]);
  });

  it("is not that of a message which came while the client had too many to acknowledge", async () => {
    const client = await fixture.connect(bob);
    await eventually(() => expect(client.emptied()).toBe(1));
    const first = await fixture.post(bob, 4);
    await eventually(() => expect(client.ids()).toEqual(first));
    const [waiting] = await fixture.post(bob);
    fixture.clock.advance(60_000);
    await client.ack(first);
    await eventually(() => expect(client.ids()).toEqual([...first, waiting]));
    expect(await counted("backlog")).toEqual([0, 0]);
    expect(await counted("live")).toEqual([4, 4]);
  });
});
