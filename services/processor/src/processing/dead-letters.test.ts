import { DEFAULT_QUEUE } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  device,
  inBatchesOf,
  openProcessorFixture,
  type ProcessorFixture,
  poison,
  record,
  user,
} from "../../testing/processor-fixture.ts";

describe("dead letters", () => {
  let fixture: ProcessorFixture;

  beforeEach(async () => {
    fixture = await openProcessorFixture();
  });
  afterEach(() => fixture.close());

  it("processes 499 good messages despite a poison message among them", async () => {
    await fixture.register(device("bob", "phone"));
    const good = Array.from({ length: 499 }, () => record({ to: "bob" }));
    const bad = poison();
    await fixture.publish([...good.slice(0, 250), bad, ...good.slice(250)]);
    await fixture.addProcessor(inBatchesOf(500)).start();
    await fixture.untilAcked(500);

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
    await fixture.untilAcked(6);
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
    await fixture.untilAcked(2);
    expect(await fixture.queued(user("bob"), DEFAULT_QUEUE)).toEqual([good.id]);
    const letters = await fixture.store.deadLetters.list();
    expect(letters.map(({ code, record: { attributes } }) => [code, attributes.id])).toEqual([
      ["refused_by_store", large.id],
    ]);
    expect(
      await fixture.metric("dumbwaiter_processor_messages_dead_lettered_total", { code: "refused_by_store" }),
    ).toBe(1);
  });

  it("gives back a record whose dead letter fails in an unexpected way, and puts it there the next time", async () => {
    let failures = 2;
    fixture.taps.deadLetters.before = () => {
      failures -= 1;
      if (failures >= 0) throw new TypeError("a bug");
    };
    const bad = poison();
    await fixture.publish([bad]);
    await fixture.addProcessor().start();
    await fixture.untilAcked(1);
    expect(fixture.ingress.nacked).toEqual([bad.id, bad.id]);
    expect(fixture.ingress.acked).toEqual([bad.id]);
    const letters = await fixture.store.deadLetters.list();
    expect(letters.map(({ record: { attributes } }) => attributes.id)).toEqual([bad.id]);
  });

  it("acks no record before its dead letter is durable", async () => {
    const gate = Promise.withResolvers<void>();
    fixture.taps.deadLetters.before = () => gate.promise;
    const [bad, good] = [poison(), record({ to: "bob" })];
    await fixture.publish([bad, good]);
    await fixture.addProcessor(inBatchesOf(2)).start();
    await fixture.untilAcked(1);
    expect(fixture.ingress.acked).toEqual([good.id]);
    gate.resolve();
    await fixture.untilAcked(2);
    expect(await fixture.store.deadLetters.list()).toHaveLength(1);
  });

  it("gives back a batch of which the store refuses every message", async () => {
    const records = Array.from({ length: 3 }, () => record({ to: "bob" }));
    for (const { id } of records) fixture.refused.add(id);
    await fixture.publish(records);
    await fixture.addProcessor(inBatchesOf(3)).start();
    await eventually(() => expect(fixture.ingress.nacked.length).toBeGreaterThanOrEqual(3));
    expect(
      await fixture.metric("dumbwaiter_processor_records_given_back_total", { reason: "batch_refused" }),
    ).toBeGreaterThanOrEqual(3);
    fixture.refused.clear();
    await fixture.untilAcked(3);
    expect((await fixture.queued(user("bob"), DEFAULT_QUEUE)).sort()).toEqual(
      records.map(({ id }) => id).sort(),
    );
    expect(await fixture.store.deadLetters.list()).toEqual([]);
  });
});
