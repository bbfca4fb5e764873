import {
  DEFAULT_QUEUE,
  type Delivery,
  EPHEMERAL_TTL_MS,
  type PushTarget,
  type StoreRequest,
} from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  device,
  openProcessorFixture,
  type ProcessorFixture,
  poison,
  record,
  user,
} from "../testing/processor-fixture.ts";

const PUSH: PushTarget = { platform: "ios", token: "secret-push-token" };

describe("processor", () => {
  let fixture: ProcessorFixture;
  const acked = (count: number) =>
    eventually(() => expect(fixture.ingress.acked.length).toBeGreaterThanOrEqual(count));

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
    await fixture.addProcessor({ batch: { maxWaitMs: 200 } }).start();
    await acked(400);

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
    await acked(1);
    expect(phone.queue).not.toBe(tablet.queue);
    for (const { queue } of [phone, tablet])
      expect(await fixture.queued(user("bob"), queue)).toEqual([sent.id]);
    expect(fixture.delivered().sort()).toEqual([`bob/phone/${sent.id}`, `bob/tablet/${sent.id}`]);
  });

  it("keeps a message's bytes, time of acceptance and trace", async () => {
    await fixture.register(device("bob", "phone"));
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const sent = record({ to: "bob", acceptedAt: Date.now() - 1234, traceparent });
    await fixture.publish([sent]);
    await fixture.addProcessor().start();
    await acked(1);
    const [delivery] = fixture.taps.bus.calls.flatMap(({ args }) => args[0] as Delivery[]);
    expect(delivery).toMatchObject({ traceparent, acceptedAt: Number(sent.attributes.acceptedAt) });
    expect(Buffer.compare(delivery?.envelope as Buffer, sent.data)).toBe(0);
    const { messages } = await fixture.store.queues.page(
      { user: user("bob"), queue: DEFAULT_QUEUE },
      { limit: 1, maxBytes: 1e6 },
    );
    expect(Buffer.compare(messages[0]?.envelope as Buffer, sent.data)).toBe(0);
  });

  it("processes 499 good messages despite a poison message among them", async () => {
    await fixture.register(device("bob", "phone"));
    const good = Array.from({ length: 499 }, () => record({ to: "bob" }));
    const bad = poison();
    await fixture.publish([...good.slice(0, 250), bad, ...good.slice(250)]);
    await fixture.addProcessor({ batch: { maxWaitMs: 200 } }).start();
    await acked(500);

    expect((await fixture.queued(user("bob"), DEFAULT_QUEUE)).sort()).toEqual(
      good.map(({ id }) => id).sort(),
    );
    const [letter, ...others] = await fixture.store.deadLetters.list();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ code: "invalid_envelope", record: { attributes: bad.attributes } });
    expect(letter?.record.data.toString()).toBe("{");
    expect(fixture.logs().filter(({ id }) => id === bad.id)).toHaveLength(1);
    expect(fixture.ingress.nacked).toEqual([]);
  });

  it("dead-letters malformed records from any publisher, with the reason", async () => {
    const good = record({ to: "bob" });
    const { attributes } = good;
    const { recipient: _, ...noRecipient } = attributes;
    await fixture.publish([
      { data: good.data, attributes: {} },
      { data: good.data, attributes: { ...attributes, id: "6ba7b810-9dad-11d1-80b4-00c04fd430c8" } },
      { data: good.data, attributes: noRecipient },
      { data: Buffer.from('{"recipientId":"urn:sm:user:bob"}'), attributes },
      { data: Buffer.alloc(300_000, 32), attributes },
      { data: good.data, attributes: { ...attributes, priority: "10" } },
    ]);
    await fixture.addProcessor().start();
    await acked(6);
    const codes = (await fixture.store.deadLetters.list()).map(({ code }) => code);
    expect(codes.sort()).toEqual([
      "invalid_attributes",
      "invalid_attributes",
      "invalid_envelope",
      "recipient_mismatch",
      "too_large",
      "unsupported_version",
    ]);
    expect(fixture.taps.queues.calls).toEqual([]);
  });

  it("dead-letters what the store will never accept, and stores the rest of the batch", async () => {
    const large = record({ to: "bob", encryptedData: "A".repeat(1_100_000) });
    const good = record({ to: "bob" });
    await fixture.publish([large, good]);
    await fixture.addProcessor({ maxEnvelopeBytes: 2_000_000 }).start();
    await acked(2);
    expect(await fixture.queued(user("bob"), DEFAULT_QUEUE)).toEqual([good.id]);
    const letters = await fixture.store.deadLetters.list();
    expect(letters.map(({ code, record: { attributes } }) => [code, attributes.id])).toEqual([
      ["refused_by_store", large.id],
    ]);
    expect(
      await fixture.metric("dumbwaiter_processor_messages_dead_lettered_total", { code: "refused_by_store" }),
    ).toBe(1);
  });

  it("leaves one copy of a message that arrives twice, in one batch or later", async () => {
    await fixture.register(device("bob", "phone"));
    const sent = record({ to: "bob" });
    await fixture.publish([sent, sent]);
    await fixture.addProcessor({ batch: { maxWaitMs: 100 } }).start();
    await acked(2);
    expect(fixture.delivered()).toHaveLength(1);
    await fixture.publish([sent]);
    await acked(3);
    expect(await fixture.queued(user("bob"), DEFAULT_QUEUE)).toEqual([sent.id]);
  });

  it("keeps messages of a user without devices for the first device", async () => {
    const sent = record({ to: "bob" });
    await fixture.publish([sent]);
    await fixture.addProcessor().start();
    await acked(1);
    expect(fixture.delivered()).toEqual([]);
    const first = await fixture.register(device("bob", "phone"));
    expect(await fixture.queued(user("bob"), first.queue)).toEqual([sent.id]);
  });

  it("delivers to a first device that registers between the lookup and the store", async () => {
    let registered = false;
    fixture.taps.queues.before = async () => {
      if (registered) return;
      registered = true;
      await fixture.register(device("bob", "phone"));
      fixture.connect(device("bob", "phone"));
    };
    const sent = record({ to: "bob" });
    await fixture.publish([sent]);
    await fixture.addProcessor().start();
    await acked(1);
    expect(fixture.delivered()).toEqual([`bob/phone/${sent.id}`]);
  });

  it("delivers to a device that replaces the first one between the lookup and the store", async () => {
    const [old, replacing] = [device("bob", "phone"), device("bob", "tablet")];
    await fixture.register(old, PUSH);
    let replaced = false;
    fixture.taps.queues.before = async () => {
      if (replaced) return;
      replaced = true;
      await fixture.store.devices.remove(old);
      await fixture.register(replacing);
      fixture.connect(replacing);
    };
    const sent = record({ to: "bob" });
    await fixture.publish([sent]);
    await fixture.addProcessor().start();
    await acked(1);
    expect(fixture.delivered()).toEqual([`bob/phone/${sent.id}`, `bob/tablet/${sent.id}`]);
    expect(await fixture.metric("dumbwaiter_processor_messages_delivered_total")).toBe(1);
    expect(fixture.taps.push.count("request")).toBe(0);
  });

  it("looks again only for messages that reached nobody who holds the queue `default`", async () => {
    for (const name of ["bob", "carol"]) await fixture.register(device(name, "phone"));
    await fixture.register(device("bob", "tablet"));
    fixture.connect(device("bob", "phone"));
    await fixture.publish([record({ to: "bob" }), record({ to: "carol" })]);
    await fixture.addProcessor({ batch: { maxWaitMs: 100 } }).start();
    await acked(2);
    expect(fixture.taps.devices.calls.map(({ args }) => args[0])).toEqual([
      expect.arrayContaining([user("bob"), user("carol")]),
      [user("carol")],
    ]);
  });

  describe("users with many devices", () => {
    const LARGE = "A".repeat(255_000);
    const registerTen = async (name: string) => {
      for (let count = 0; count < 10; count += 1) await fixture.register(device(name, `device-${count}`));
    };
    const stored = () => fixture.taps.queues.calls.map(({ args }) => args[0] as StoreRequest[]);

    it("store at most some 4 MiB of copies at once in each of the batches under way", async () => {
      await registerTen("bob");
      let [under, most] = [0, 0];
      fixture.taps.queues.before = async (_method, [requests]) => {
        const bytes = copiesBytes(requests as StoreRequest[]);
        under += bytes;
        most = Math.max(most, under);
        await new Promise(setImmediate);
        under -= bytes;
      };
      const sent = Array.from({ length: 30 }, () => record({ to: "bob", encryptedData: LARGE }));
      await fixture.publish(sent);
      await fixture.addProcessor().start();
      await acked(30);
      expect(most).toBeLessThan(4 * 4 * 2 ** 20);
      for (const requests of stored()) expect(copiesBytes(requests)).toBeLessThan(4 * 2 ** 20);
      expect(await fixture.queued(user("bob"), DEFAULT_QUEUE)).toHaveLength(30);
      expect(fixture.delivered()).toHaveLength(300);
    });

    it("do not hold up others, whose turn comes with the next batch", async () => {
      for (const name of ["mallory", "trudy", "eve"]) await registerTen(name);
      await fixture.register(device("bob", "phone"));
      const heavy = ["mallory", "trudy", "eve"].flatMap((to) =>
        Array.from({ length: 20 }, () => record({ to, encryptedData: LARGE })),
      );
      const sent = record({ to: "bob" });
      const gate = Promise.withResolvers<void>();
      fixture.taps.queues.before = () => gate.promise;
      await fixture.publish(heavy);
      await fixture.addProcessor().start();
      await eventually(() => expect(fixture.taps.queues.calls).toHaveLength(4));
      await fixture.publish([sent]);
      await eventually(() => expect(fixture.ingress.attempts.size).toBe(61));
      gate.resolve();
      await acked(61);
      const turn = stored().findIndex((requests) => requests.some(({ id }) => id === sent.id));
      // Four were under way, and of each of the three others one may come first.
      expect(turn).toBeLessThan(4 + 4);
    });

    it("get a message of 900 KiB on ten devices", async () => {
      await registerTen("bob");
      const sent = record({ to: "bob", encryptedData: "A".repeat(900 * 1024) });
      await fixture.publish([sent, record({ to: "bob" })]);
      await fixture.addProcessor({ maxEnvelopeBytes: 950_000 }).start();
      await acked(2);
      expect(fixture.delivered()).toHaveLength(20);
    });

    function copiesBytes(requests: readonly StoreRequest[]): number {
      return requests.reduce((sum, { envelope, queues }) => sum + envelope.length * queues.length, 0);
    }
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
      await acked(2);
      expect(await fixture.metric("dumbwaiter_processor_messages_delivered_total")).toBe(1);
      expect(fixture.taps.queues.calls).toEqual([]);
      expect(fixture.taps.push.count("request")).toBe(0);
    });

    it("are dropped when they are too old, and not a moment earlier", async () => {
      await fixture.register(device("bob", "phone"));
      fixture.connect(device("bob", "phone"));
      const now = Date.now();
      const old = record({ to: "bob", ephemeral: true, acceptedAt: now - EPHEMERAL_TTL_MS - 1 });
      const young = record({ to: "bob", ephemeral: true, acceptedAt: now - EPHEMERAL_TTL_MS + 10_000 });
      await fixture.publish([old, young]);
      await fixture.addProcessor().start();
      await acked(2);
      expect(fixture.delivered()).toEqual([`bob/phone/${young.id}`]);
      expect(await fixture.metric("dumbwaiter_processor_ephemeral_messages_expired_total")).toBe(1);
    });

    it("are dropped when an outage has made them too old", async () => {
      await fixture.register(device("bob", "phone"));
      fixture.taps.queues.before = () => fixture.clock.advance(EPHEMERAL_TTL_MS + 1);
      const lasting = record({ to: "bob" });
      await fixture.publish([lasting, record({ to: "bob", ephemeral: true })]);
      await fixture.addProcessor({ batch: { maxWaitMs: 100 } }).start();
      await acked(2);
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
      await acked(1);
      expect(await requests()).toEqual([
        { user: "bob", devices: [{ id: "offline", ...PUSH }], messageId: sent.id, priority: 3 },
      ]);
    });

    it("are limited to one per device in 10 s, except for high priority", async () => {
      await fixture.register(device("bob", "phone"), PUSH);
      await fixture.register(device("carol", "phone"), PUSH);
      await fixture.addProcessor({ batch: { maxWaitMs: 50 } }).start();
      await fixture.publish([
        record({ to: "bob" }),
        record({ to: "bob", priority: 4 }),
        record({ to: "carol" }),
      ]);
      await acked(3);
      expect((await requests()).map((request) => request.user).sort()).toEqual(["bob", "carol"]);

      await fixture.publish([record({ to: "bob" }), record({ to: "bob", priority: 5 })]);
      await acked(5);
      expect((await requests()).slice(2).map(({ priority }) => priority)).toEqual([5]);
      expect(await fixture.metric("dumbwaiter_processor_push_requests_total", { outcome: "throttled" })).toBe(
        2,
      );

      fixture.clock.advance(10_001);
      await fixture.publish([record({ to: "bob" })]);
      await acked(6);
      expect(await requests()).toHaveLength(4);
    });
  });

  it("writes no payload, push token or user into its logs", async () => {
    await fixture.register(device("bob", "phone"), PUSH);
    await fixture.publish([record({ to: "bob" }), poison(), { data: Buffer.from("AEBD"), attributes: {} }]);
    await fixture.addProcessor().start();
    await acked(3);
    const text = JSON.stringify(fixture.logs());
    expect(text).toContain("dead-lettered");
    for (const secret of ["AEBD", "BCDE", PUSH.token, "bob"]) expect(text).not.toContain(secret);
  });
});
