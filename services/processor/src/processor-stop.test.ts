import { DEFAULT_QUEUE, UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  inBatchesOf,
  openProcessorFixture,
  type ProcessorFixture,
  poison,
  record,
  user,
} from "../testing/processor-fixture.ts";

describe("stopping the processor", () => {
  let fixture: ProcessorFixture;
  const queuedIds = async () => (await fixture.queued(user("bob"), DEFAULT_QUEUE)).sort();
  const messages = (count: number) => Array.from({ length: count }, () => record({ to: "bob" }));
  const idsOf = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id).sort();

  beforeEach(async () => {
    fixture = await openProcessorFixture();
  });
  afterEach(() => fixture.close());

  it("finishes what is in flight and what waits for a batch, and nacks nothing", async () => {
    const gate = Promise.withResolvers<void>();
    fixture.taps.queues.before = () => gate.promise;
    const sent = messages(200);
    await fixture.publish(sent);
    const processor = fixture.addProcessor({
      batch: { maxMessages: 30, maxInFlight: 2, maxWaitMs: 2 ** 29 },
    });
    await processor.start();
    await eventually(() => expect(fixture.ingress.attempts.size).toBe(200));
    const stopped = processor.stop();
    await eventually(() => expect(fixture.taps.queues.calls).toHaveLength(2));
    gate.resolve();
    await stopped;
    expect(fixture.ingress.acked.sort()).toEqual(idsOf(sent));
    expect(fixture.ingress.nacked).toEqual([]);
    expect(await queuedIds()).toEqual(idsOf(sent));
  });

  it("nacks what cannot be finished by the deadline, and the next processor loses none of it", async () => {
    fixture.taps.queues.before = () => {
      throw new UnavailableError("sqlite");
    };
    fixture.taps.deadLetters.before = fixture.taps.queues.before;
    const sent = messages(60);
    await fixture.publish([...sent, poison()]);
    const first = fixture.addProcessor({ finishTimeoutMs: 200, batch: { maxMessages: 20, maxInFlight: 2 } });
    await first.start();
    await eventually(() => expect(fixture.taps.queues.calls.length).toBeGreaterThan(2));
    await first.stop();
    expect(fixture.ingress.acked).toEqual([]);
    expect(fixture.ingress.nacked).toHaveLength(61);
    expect(fixture.logs().filter(({ level }) => level === "error")).toEqual([]);

    fixture.taps.queues.before = undefined;
    fixture.taps.deadLetters.before = undefined;
    await fixture.addProcessor().start();
    await eventually(() => expect(fixture.ingress.acked).toHaveLength(61));
    expect(await queuedIds()).toEqual(idsOf(sent));
    expect(await fixture.store.deadLetters.list()).toHaveLength(1);
  });

  it("does not wait for a store that never responds, and acks nothing that it nacked", async () => {
    const hung = Promise.withResolvers<void>();
    fixture.taps.queues.before = () => hung.promise;
    const sent = messages(3);
    await fixture.publish(sent);
    const processor = fixture.addProcessor({ finishTimeoutMs: 100 });
    await processor.start();
    await eventually(() => expect(fixture.taps.queues.calls).toHaveLength(1));
    await processor.stop();
    expect(fixture.ingress.nacked.sort()).toEqual(idsOf(sent));
    hung.resolve();
    await eventually(async () => expect(await queuedIds()).toEqual(idsOf(sent)));
    expect(fixture.ingress.acked).toEqual([]);
  });

  it("takes nothing new once it is stopping", async () => {
    const gate = Promise.withResolvers<void>();
    fixture.taps.queues.before = () => gate.promise;
    const [held, late] = [record({ to: "bob" }), record({ to: "bob" })];
    await fixture.publish([held]);
    const processor = fixture.addProcessor();
    await processor.start();
    await eventually(() => expect(fixture.taps.queues.calls).toHaveLength(1));
    const stopped = processor.stop();
    await fixture.publish([late]);
    await settled();
    expect(fixture.ingress.attempts.has(late.id)).toBe(false);
    gate.resolve();
    await stopped;
    expect(fixture.ingress.acked).toEqual([held.id]);
    await fixture.addProcessor().start();
    await fixture.untilAcked(2);
    expect(fixture.ingress.attempts.get(late.id)).toBe(1);
  });

  it("leaves alone what it has nacked when the store fails later: no half of the batch, no error", async () => {
    const hung = Promise.withResolvers<void>();
    const calls = () => fixture.taps.queues.calls.length;
    fixture.taps.queues.before = () => {
      if (calls() === 1) throw new TypeError("a bug");
      return hung.promise;
    };
    const sent = messages(2);
    await fixture.publish(sent);
    const processor = fixture.addProcessor({ ...inBatchesOf(2), finishTimeoutMs: 100 });
    await processor.start();
    await eventually(() => expect(calls()).toBe(2));
    await processor.stop();
    expect(fixture.ingress.nacked.sort()).toEqual(idsOf(sent));
    hung.reject(new TypeError("a bug"));
    await settled();
    expect(calls()).toBe(2);
    expect(fixture.logs().filter(({ level }) => level === "error")).toEqual([]);
    expect(fixture.ingress.nacked).toHaveLength(2);
  });

  /** The store answers in order: what was begun before has been begun at the store by then. */
  async function settled(): Promise<void> {
    for (let turn = 0; turn < 10; turn += 1) await fixture.store.ingressLength();
  }

  it("stops once however often it is called, even before it was started", async () => {
    const processor = fixture.addProcessor();
    await processor.start();
    expect(processor.stop()).toBe(processor.stop());
    await processor.stop();
    await fixture.addProcessor().stop();
  });
});
