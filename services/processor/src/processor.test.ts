import { DEFAULT_QUEUE, type Delivery, EPHEMERAL_TTL_MS, type PushTarget } from "@dumbwaiter/core";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  device,
  inBatchesOf,
  openProcessorFixture,
  type ProcessorFixture,
  poison,
  record,
  user,
} from "../testing/processor-fixture.ts";

const PUSH: PushTarget = { platform: "ios", token: "secret-push-token" };

describe("processor", () => {
  let fixture: ProcessorFixture;

  beforeEach(async () => {
    fixture = await openProcessorFixture();
  });
  afterEach(() => fixture.close());

  it("processes a batch with one lookup, one store, one delivery and one push request", async () => {
    for (const name of ["bob", "carol"]) {
      await fixture.register(device(name, "laptop"));
      await fixture.register(device(name, "phone"), PUSH);
      fixture.connect(device(name, "laptop"));
    }
    const records = Array.from({ length: 400 }, (_, index) => record({ to: index % 2 ? "bob" : "carol" }));
    await fixture.publish(records);
    await fixture.addProcessor(inBatchesOf(400)).start();
    await fixture.untilAcked(400);

    const { devices, queues, bus, push } = fixture.taps;
    expect(devices.calls.map(({ method }) => method)).toEqual(["lookup"]);
    expect(devices.calls[0]?.args[0]).toHaveLength(2);
    expect(queues.calls.map(({ method }) => method)).toEqual(["store"]);
    expect(bus.calls.map(({ method }) => method)).toEqual(["deliver"]);
    expect(push.calls.map(({ method }) => method)).toEqual(["request"]);
    expect(await fixture.metric("dumbwaiter_processor_messages_stored_total")).toBe(400);
    expect(await fixture.metric("dumbwaiter_processor_messages_delivered_total")).toBe(400);
    expect(fixture.ingress.nacked).toEqual([]);
  });

  it("gives each device of a user its own copy, live and queued", async () => {
    const phone = await fixture.register(device("bob", "phone"));
    const tablet = await fixture.register(device("bob", "tablet"));
    const sent = record({ to: "bob" });
    await fixture.publish([sent]);
    await fixture.addProcessor().start();
    await fixture.untilAcked(1);
    expect(phone.queue).not.toBe(tablet.queue);
    for (const { queue } of [phone, tablet])
      expect(await fixture.queued(user("bob"), queue)).toEqual([sent.id]);
    expect(fixture.delivered().sort()).toEqual([`bob/phone/${sent.id}`, `bob/tablet/${sent.id}`]);
  });

  it("keeps a message's bytes and time of acceptance", async () => {
    await fixture.register(device("bob", "phone"));
    const sent = record({ to: "bob", acceptedAt: Date.now() - 1234 });
    await fixture.publish([sent]);
    await fixture.addProcessor().start();
    await fixture.untilAcked(1);
    const [delivery] = fixture.taps.bus.calls.flatMap(({ args }) => args[0] as Delivery[]);
    expect(delivery).toMatchObject({ acceptedAt: Number(sent.attributes.acceptedAt) });
    expect(Buffer.compare(delivery?.envelope as Buffer, sent.data)).toBe(0);
    const { messages } = await fixture.store.queues.page(
      { user: user("bob"), queue: DEFAULT_QUEUE },
      { limit: 1, maxBytes: 1e6 },
    );
    expect(Buffer.compare(messages[0]?.envelope as Buffer, sent.data)).toBe(0);
  });

  it("leaves one copy of a message that arrives twice, in one batch or later", async () => {
    await fixture.register(device("bob", "phone"));
    const sent = record({ to: "bob" });
    await fixture.publish([sent, sent]);
    await fixture.addProcessor(inBatchesOf(2)).start();
    await fixture.untilAcked(2);
    expect(fixture.delivered()).toHaveLength(1);
    await fixture.publish([sent, sent]);
    await fixture.untilAcked(4);
    expect(await fixture.queued(user("bob"), DEFAULT_QUEUE)).toEqual([sent.id]);
  });

  it("keeps apart the messages of two recipients under one ID, and acks each when it is stored", async () => {
    const [first, second] = [record({ to: "bob" }), record({ to: "carol" })];
    const { id } = first;
    await fixture.publish([first, { ...second, attributes: { ...second.attributes, id } }]);
    await fixture.addProcessor(inBatchesOf(2)).start();
    await fixture.untilAcked(2);
    for (const name of ["bob", "carol"])
      expect(await fixture.queued(user(name), DEFAULT_QUEUE)).toEqual([id]);
  });

  describe("ephemeral messages", () => {
    it("go to connected devices or nowhere", async () => {
      await fixture.register(device("bob", "phone"));
      await fixture.register(device("bob", "tablet"), PUSH);
      fixture.connect(device("bob", "phone"));
      await fixture.publish([
        record({ to: "bob", ephemeral: true }),
        record({ to: "nobody", ephemeral: true }),
      ]);
      await fixture.addProcessor().start();
      await fixture.untilAcked(2);
      expect(await fixture.metric("dumbwaiter_processor_messages_delivered_total")).toBe(1);
      expect(fixture.taps.queues.calls).toEqual([]);
      expect(fixture.taps.push.count("request")).toBe(0);
    });

    // To the millisecond: check-records.test.ts.
    it("are dropped when they are too old, and not before", async () => {
      await fixture.register(device("bob", "phone"));
      fixture.connect(device("bob", "phone"));
      const now = Date.now();
      const old = record({ to: "bob", ephemeral: true, acceptedAt: now - EPHEMERAL_TTL_MS - 1 });
      const young = record({ to: "bob", ephemeral: true, acceptedAt: now - EPHEMERAL_TTL_MS + 10_000 });
      await fixture.publish([old, young]);
      await fixture.addProcessor().start();
      await fixture.untilAcked(2);
      expect(fixture.delivered()).toEqual([`bob/phone/${young.id}`]);
      expect(await fixture.metric("dumbwaiter_processor_ephemeral_messages_expired_total")).toBe(1);
    });

    it("are dropped when an outage has made them too old", async () => {
      await fixture.register(device("bob", "phone"));
      fixture.taps.queues.before = () => fixture.clock.advance(EPHEMERAL_TTL_MS + 1);
      const lasting = record({ to: "bob" });
      await fixture.publish([lasting, record({ to: "bob", ephemeral: true })]);
      await fixture.addProcessor(inBatchesOf(2)).start();
      await fixture.untilAcked(2);
      expect(fixture.delivered()).toEqual([`bob/phone/${lasting.id}`]);
    });
  });

  describe("push requests", () => {
    const requests = () => fixture.store.pushRequests.list();

    it("go to offline devices that have a push target", async () => {
      await fixture.register(device("bob", "connected"), PUSH);
      await fixture.register(device("bob", "offline"), PUSH);
      await fixture.register(device("bob", "without-target"));
      fixture.connect(device("bob", "connected"));
      const sent = record({ to: "bob", priority: 3 });
      await fixture.publish([sent]);
      await fixture.addProcessor().start();
      await fixture.untilAcked(1);
      expect(await requests()).toEqual([
        { user: "bob", devices: [{ id: "offline", ...PUSH }], messageId: sent.id, priority: 3 },
      ]);
    });

    it("are limited to one per device in 10 s, except for high priority", async () => {
      await fixture.register(device("bob", "phone"), PUSH);
      await fixture.register(device("carol", "phone"), PUSH);
      await fixture.addProcessor().start();
      await fixture.publish([
        record({ to: "bob" }),
        record({ to: "bob", priority: 4 }),
        record({ to: "carol" }),
      ]);
      await fixture.untilAcked(3);
      expect((await requests()).map((request) => request.user).sort()).toEqual(["bob", "carol"]);

      await fixture.publish([record({ to: "bob" }), record({ to: "bob", priority: 5 })]);
      await fixture.untilAcked(5);
      expect((await requests()).slice(2).map(({ priority }) => priority)).toEqual([5]);
      expect(await fixture.metric("dumbwaiter_processor_push_requests_total", { outcome: "throttled" })).toBe(
        2,
      );

      fixture.clock.advance(10_001);
      await fixture.publish([record({ to: "bob" })]);
      await fixture.untilAcked(6);
      expect(await requests()).toHaveLength(4);
    });
  });

  it("writes no payload, push token or user into its logs", async () => {
    await fixture.register(device("bob", "phone"), PUSH);
    await fixture.publish([record({ to: "bob" }), poison(), { data: Buffer.from("AEBD"), attributes: {} }]);
    await fixture.addProcessor().start();
    await fixture.untilAcked(3);
    const text = JSON.stringify(fixture.logs());
    expect(text).toContain("dead-lettered");
    for (const secret of ["AEBD", "BCDE", PUSH.token, "bob"]) expect(text).not.toContain(secret);
  });
});
