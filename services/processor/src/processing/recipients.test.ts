import { DEFAULT_QUEUE, type PushTarget, type StoreRequest } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  device,
  inBatchesOf,
  openProcessorFixture,
  type ProcessorFixture,
  record,
  user,
} from "../../testing/processor-fixture.ts";

const PUSH: PushTarget = { platform: "ios", token: "secret-push-token" };

describe("a batch's recipients", () => {
  let fixture: ProcessorFixture;

  beforeEach(async () => {
    fixture = await openProcessorFixture();
  });
  afterEach(() => fixture.close());

  it("keeps messages of a user without devices for the first device", async () => {
    const sent = record({ to: "bob" });
    await fixture.publish([sent]);
    await fixture.addProcessor().start();
    await fixture.untilAcked(1);
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
    await fixture.untilAcked(1);
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
    await fixture.untilAcked(1);
    expect(fixture.delivered()).toEqual([`bob/phone/${sent.id}`, `bob/tablet/${sent.id}`]);
    expect(await fixture.metric("dumbwaiter_processor_messages_delivered_total")).toBe(1);
    expect(fixture.taps.push.count("request")).toBe(0);
  });

  it("delivers to no other device that registers between the lookup and the store: its queue has no copy", async () => {
    let registered = false;
    fixture.taps.queues.before = async () => {
      if (registered) return;
      registered = true;
      for (const id of ["phone", "tablet"]) {
        await fixture.register(device("bob", id));
        fixture.connect(device("bob", id));
      }
    };
    const sent = record({ to: "bob" });
    await fixture.publish([sent]);
    await fixture.addProcessor().start();
    await fixture.untilAcked(1);
    expect(fixture.delivered()).toEqual([`bob/phone/${sent.id}`]);
  });

  it("delivers once to a device that was found before, though nobody holds it", async () => {
    await fixture.register(device("bob", "phone"));
    const sent = record({ to: "bob" });
    await fixture.publish([sent]);
    await fixture.addProcessor().start();
    await fixture.untilAcked(1);
    expect(fixture.delivered()).toEqual([`bob/phone/${sent.id}`]);
  });

  it("looks again only for messages that reached nobody who holds the queue `default`", async () => {
    for (const name of ["bob", "carol"]) await fixture.register(device(name, "phone"));
    await fixture.register(device("bob", "tablet"));
    fixture.connect(device("bob", "phone"));
    await fixture.publish([record({ to: "bob" }), record({ to: "carol" })]);
    await fixture.addProcessor(inBatchesOf(2)).start();
    await fixture.untilAcked(2);
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
      await fixture.untilAcked(30);
      expect(most).toBeLessThan(4 * 4 * 2 ** 20);
      for (const requests of stored()) expect(copiesBytes(requests)).toBeLessThan(4 * 2 ** 20);
      expect(await fixture.queued(user("bob"), DEFAULT_QUEUE)).toHaveLength(30);
      expect(fixture.delivered()).toHaveLength(300);
    });

    it("store at most 1,000 copies of small messages at once, so that others need not wait for thousands", async () => {
      await registerTen("bob");
      await fixture.publish(Array.from({ length: 240 }, () => record({ to: "bob" })));
      await fixture.addProcessor().start();
      await fixture.untilAcked(240);
      const copies = stored().map((requests) => requests.reduce((sum, { queues }) => sum + queues.length, 0));
      expect(Math.max(...copies)).toBeLessThanOrEqual(1_000);
      expect(fixture.delivered()).toHaveLength(2_400);
    });

    it("do not hold up others with large messages", async () => {
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
      await eventually(() => expect(fixture.taps.queues.calls).toHaveLength(2));
      await fixture.publish([sent]);
      await eventually(() => expect(fixture.taps.queues.calls).toHaveLength(3));
      expect(stored()[2]).toMatchObject([{ id: sent.id }]);
      gate.resolve();
      await fixture.untilAcked(61);
    });

    it("get a message of 900 KiB on ten devices", async () => {
      await registerTen("bob");
      const sent = record({ to: "bob", encryptedData: "A".repeat(900 * 1024) });
      await fixture.publish([sent, record({ to: "bob" })]);
      await fixture.addProcessor({ maxEnvelopeBytes: 950_000 }).start();
      await fixture.untilAcked(2);
      expect(fixture.delivered()).toHaveLength(20);
    });

    function copiesBytes(requests: readonly StoreRequest[]): number {
      return requests.reduce((sum, { envelope, queues }) => sum + envelope.length * queues.length, 0);
    }
  });
});
