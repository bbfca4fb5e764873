import { DEFAULT_QUEUE, type PushTarget, type StoreRequest, UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import type { Tap } from "@dumbwaiter/dev-env/observe/tap";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  device,
  openProcessorFixture,
  type ProcessorFixture,
  poison,
  record,
  user,
} from "../testing/processor-fixture.ts";

const PUSH: PushTarget = { platform: "android", token: "push-token" };

describe("processor, when a dependency is unavailable or fails", () => {
  let fixture: ProcessorFixture;
  const tried = (tap: Tap<never>, count: number) =>
    eventually(() => expect(tap.calls.length).toBeGreaterThanOrEqual(count));
  const queuedIds = async () => (await fixture.queued(user("bob"), DEFAULT_QUEUE)).sort();
  const messages = (count: number) => Array.from({ length: count }, () => record({ to: "bob" }));
  const idsOf = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id).sort();

  beforeEach(async () => {
    fixture = await openProcessorFixture({ batch: { maxWaitMs: 20 } });
    await fixture.register(device("bob", "phone"), PUSH);
  });
  afterEach(() => fixture.close());

  for (const name of ["devices", "queues"] as const) {
    it(`holds what it has while the ${name} are away: no attempt used up, nothing lost, logged once`, async () => {
      const tap = fixture.taps[name] as Tap<never>;
      const stage = name === "devices" ? "lookup" : "store";
      tap.before = away;
      const sent = messages(50);
      await fixture.publish(sent);
      await fixture.addProcessor().start();
      await tried(tap, 4);
      expect(await fixture.metric("dumbwaiter_processor_outage", { stage })).toBe(1);
      expect(await fixture.metric("dumbwaiter_processor_oldest_held_seconds")).toBeGreaterThan(0);
      tap.before = undefined;
      await fixture.untilAcked(50);

      expect(await queuedIds()).toEqual(idsOf(sent));
      expect([...fixture.ingress.attempts.values()]).toEqual(Array(50).fill(1));
      expect(fixture.ingress.nacked).toEqual([]);
      expect(await fixture.metric("dumbwaiter_processor_outage", { stage })).toBe(0);
      expect(await fixture.metric("dumbwaiter_processor_oldest_held_seconds")).toBe(0);
      expect(fixture.logs().map((line) => [line.level, line.stage])).toEqual([
        ["warn", stage],
        ["info", stage],
      ]);
    });
  }

  it("takes no more than the consumer's limits during an outage", async () => {
    fixture.taps.queues.before = away;
    await fixture.addProcessor().start();
    await fixture.publish(messages(3500));
    await eventually(() => expect(fixture.ingress.attempts.size).toBe(3000));
    await tried(fixture.taps.queues as Tap<never>, 12);
    expect(fixture.ingress.attempts.size).toBe(3000);
    fixture.taps.queues.before = undefined;
    await fixture.untilAcked(3500);
    expect(await queuedIds()).toHaveLength(3500);
    expect(Math.max(...fixture.ingress.attempts.values())).toBe(1);
  });

  it("stores and pushes while the delivery bus is unavailable, and acks once it has raised a resync", async () => {
    fixture.connect(device("bob", "phone"));
    fixture.taps.bus.before = away;
    const sent = messages(5);
    await fixture.publish(sent);
    await fixture.addProcessor().start();
    await eventually(async () => expect(await queuedIds()).toEqual(idsOf(sent)));
    await eventually(async () => expect(await fixture.store.pushRequests.list()).toHaveLength(1));
    expect((await fixture.store.pushRequests.list()).map((request) => request.user)).toEqual(["bob"]);
    await eventually(() => expect(fixture.taps.bus.count("raiseResync")).toBeGreaterThan(1));
    expect(await fixture.metric("dumbwaiter_processor_outage", { stage: "delivery_bus" })).toBe(1);
    expect(fixture.ingress.acked).toEqual([]);

    const raised = resolvesAfter(fixture, "raiseResync");
    fixture.taps.bus.before = undefined;
    await raised;
    await fixture.untilAcked(5);
    await eventually(async () =>
      expect(await fixture.metric("dumbwaiter_processor_outage", { stage: "delivery_bus" })).toBe(0),
    );
    expect(fixture.ingress.nacked).toEqual([]);
  });

  it("raises the resync before it stops, if the bus recovers in time", async () => {
    fixture.taps.bus.before = away;
    await fixture.publish(messages(1));
    const processor = fixture.addProcessor();
    await processor.start();
    await tried(fixture.taps.bus as Tap<never>, 2);
    const stopped = processor.stop();
    const raised = resolvesAfter(fixture, "raiseResync");
    fixture.taps.bus.before = undefined;
    await stopped;
    await raised;
    expect(fixture.ingress.nacked).toEqual([]);
    expect(fixture.ingress.acked).toHaveLength(1);
  });

  it("gives back what a resync is still owed for when it stops, and the next processor delivers it", async () => {
    fixture.taps.bus.before = away;
    const sent = messages(3);
    await fixture.publish(sent);
    const processor = fixture.addProcessor({ finishTimeoutMs: 100 });
    await processor.start();
    await eventually(() => expect(fixture.taps.bus.count("raiseResync")).toBeGreaterThan(0));
    await processor.stop();
    expect(fixture.ingress.acked).toEqual([]);
    expect(fixture.ingress.nacked.sort()).toEqual(idsOf(sent));

    fixture.connect(device("bob", "phone"));
    fixture.taps.bus.before = undefined;
    fixture.taps.bus.calls.length = 0;
    await fixture.addProcessor().start();
    await fixture.untilAcked(3);
    expect(fixture.delivered().sort()).toEqual(idsOf(sent).map((id) => `bob/phone/${id}`));
  });

  it("raises no resync for ephemeral messages only", async () => {
    fixture.taps.bus.before = away;
    await fixture.publish([record({ to: "bob", ephemeral: true })]);
    await fixture.addProcessor().start();
    await fixture.untilAcked(1);
    expect(fixture.taps.bus.calls.map(({ method }) => method)).toEqual(["deliver"]);
  });

  it("acks what it stored when a delivery or a push fails in any other way", async () => {
    fixture.taps.bus.before = (method) => method === "deliver" && fail(new TypeError("a bug"));
    fixture.taps.push.before = () => fail(new TypeError("another bug"));
    const sent = messages(3);
    await fixture.publish(sent);
    await fixture.addProcessor().start();
    await fixture.untilAcked(3);
    expect(await queuedIds()).toEqual(idsOf(sent));
    expect(fixture.ingress.nacked).toEqual([]);
    await eventually(() => expect(fixture.taps.bus.count("raiseResync")).toBe(1));
    expect(fixture.logs().filter(({ level }) => level === "error")).toHaveLength(2);
  });

  it("neither loses nor delays messages when the push topic is unavailable or does not respond", async () => {
    fixture.taps.push.before = away;
    const processor = fixture.addProcessor({ batch: { maxMessages: 1, maxInFlight: 4 } });
    await processor.start();
    await fixture.publish([record({ to: "bob", priority: 9 })]);
    await fixture.untilAcked(1);

    const hung = Promise.withResolvers<void>();
    fixture.taps.push.before = () => hung.promise;
    await fixture.publish(Array.from({ length: 20 }, () => record({ to: "bob", priority: 9 })));
    await fixture.untilAcked(20);
    expect(await fixture.metric("dumbwaiter_processor_push_requests_total", { outcome: "failed" })).toBe(20);
    hung.resolve();
    await fixture.untilAcked(21);
    expect(await queuedIds()).toHaveLength(21);
    expect(fixture.logs().map((line) => [line.level, line.stage])).toEqual([
      ["warn", "push"],
      ["info", "push"],
    ]);
  });

  it("keeps a poison message while the dead-letter topic is unavailable, and processes the others", async () => {
    fixture.taps.deadLetters.before = away;
    const processor = fixture.addProcessor({ batch: { maxMessages: 2, maxInFlight: 1 } });
    await processor.start();
    const bad = poison();
    await fixture.publish([bad, poison(), poison()]);
    await tried(fixture.taps.deadLetters as Tap<never>, 6);
    const sent = messages(10);
    await fixture.publish(sent);
    await fixture.untilAcked(10);
    expect(fixture.ingress.acked.sort()).toEqual(idsOf(sent));

    fixture.taps.deadLetters.before = undefined;
    await fixture.untilAcked(13);
    expect(await fixture.store.deadLetters.list()).toHaveLength(3);
    expect(fixture.ingress.nacked).toEqual([]);
    expect(fixture.logs().filter(({ id }) => id === bad.id)).toHaveLength(1);
  });

  it("nacks the one message that causes an unexpected error, and stores the others", async () => {
    const sent = messages(100);
    const offender = sent[37]?.id;
    let broken = true;
    fixture.taps.queues.before = (_method, [requests]) => {
      const hit = (requests as StoreRequest[]).some(({ id }) => id === offender);
      if (broken && hit) throw new TypeError("a bug");
    };
    await fixture.publish(sent);
    await fixture.addProcessor().start();
    await fixture.untilAcked(99);
    await eventually(() => expect(fixture.ingress.nacked).toContain(offender));
    expect(new Set(fixture.ingress.nacked)).toEqual(new Set([offender]));
    expect(fixture.taps.queues.calls.length).toBeLessThan(40);

    broken = false;
    await fixture.untilAcked(100);
    expect(await queuedIds()).toEqual(idsOf(sent));
    expect(fixture.ingress.attempts.get(offender as string)).toBeGreaterThan(1);
  });

  it("processes records that were redelivered often one at a time", async () => {
    const sent = messages(30);
    const suspect = sent[3]?.id;
    let failures = 4;
    fixture.taps.queues.before = (_method, [requests]) => {
      const hit = (requests as StoreRequest[]).some(({ id }) => id === suspect);
      if (hit && failures > 0) {
        failures -= (requests as StoreRequest[]).length === 1 ? 1 : 0;
        throw new TypeError("a bug");
      }
    };
    await fixture.addProcessor().start();
    await fixture.publish(sent);
    await eventually(() => expect(fixture.ingress.attempts.get(suspect as string)).toBe(4));
    const company = setInterval(() => void fixture.publish(messages(5)).catch(() => {}), 5);
    try {
      await eventually(() => expect(fixture.ingress.acked).toContain(suspect));
    } finally {
      clearInterval(company);
    }
    expect(fixture.ingress.attempts.get(suspect as string)).toBe(5);
    const last = fixture.taps.queues.calls.findLast(({ args }) =>
      (args[0] as StoreRequest[]).some(({ id }) => id === suspect),
    );
    expect(last?.args[0]).toHaveLength(1);
  });
});

function away(): never {
  throw new UnavailableError("a dependency");
}

function fail(error: Error): never {
  throw error;
}

/** Resolves once a call of this bus method has succeeded. */
async function resolvesAfter(fixture: ProcessorFixture, method: "raiseResync"): Promise<void> {
  const before = fixture.taps.bus.count(method);
  await eventually(() => expect(fixture.taps.bus.count(method)).toBeGreaterThan(before));
}
