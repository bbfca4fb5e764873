import type { IngressDelivery } from "@dumbwaiter/core";
import { describe, expect, it } from "@jest/globals";
import { type BatchLimits, createMicroBatcher } from "./micro-batcher.ts";

const LIMITS: BatchLimits = { maxMessages: 3, maxBytes: 1000, maxWaitMs: 5, maxInFlight: 2 };
const FOREVER_MS = 2 ** 29;

describe("micro-batcher", () => {
  it("processes a batch as soon as it is full, and a smaller one after the wait", async () => {
    const { sizes, batcher, next } = open();
    for (let count = 0; count < 4; count += 1) batcher.add(record(10));
    expect(sizes()).toEqual([3]);
    await next(2);
    expect(sizes()).toEqual([3, 1]);
  });

  it("waits twice as long while another batch is in flight", async () => {
    const { sizes, batcher, next } = open({ maxWaitMs: 20 });
    batcher.add(record(1));
    await next(1);
    const startedAt = performance.now();
    batcher.add(record(1));
    batcher.add(record(1));
    await next(2);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(39);
    expect(sizes()).toEqual([1, 2]);
  });

  it("ends a batch before the record that would make it too large, but takes a larger record alone", () => {
    const { sizes, batcher } = open({ maxWaitMs: FOREVER_MS, maxInFlight: 10 });
    for (const bytes of [400, 400, 400]) batcher.add(record(bytes));
    expect(sizes()).toEqual([2]);
    batcher.add(record(5000));
    expect(sizes()).toEqual([2, 1, 1]);
  });

  it("lets records gather while all slots are taken, then makes larger batches", async () => {
    const { sizes, batcher, finish, next } = open({ maxMessages: 10 });
    batcher.add(record(1));
    await next(1);
    batcher.add(record(1));
    await next(2);
    for (let count = 0; count < 7; count += 1) batcher.add(record(1));
    expect(sizes()).toEqual([1, 1]);
    finish(1);
    await next(3);
    expect(sizes()).toEqual([1, 1, 7]);
  });

  it("keeps going while one batch never ends", async () => {
    const { sizes, batcher, finish, next } = open({ maxMessages: 1 });
    for (let count = 0; count < 5; count += 1) batcher.add(record(1));
    for (let ended = 1; ended < 4; ended += 1) {
      finish(ended);
      await next(ended + 2);
    }
    expect(sizes()).toHaveLength(5);
  });

  it("flushes waiting records at once, and resolves when every batch has ended", async () => {
    const { sizes, batcher, finish } = open({ maxWaitMs: FOREVER_MS });
    for (let count = 0; count < 5; count += 1) batcher.add(record(1));
    expect(sizes()).toEqual([3]);
    let flushed = false;
    const flushing = batcher.flush().then(() => {
      flushed = true;
    });
    expect(sizes()).toEqual([3, 2]);
    finish(0);
    await new Promise(setImmediate);
    expect(flushed).toBe(false);
    finish(1);
    await flushing;
  });

  it("waits until a batch has chosen its records, and then takes those that are left first", async () => {
    const { sizes, batcher, choose, batch, finish, next } = open(
      { maxWaitMs: FOREVER_MS },
      { choosing: true },
    );
    const records = Array.from({ length: 6 }, () => record(1));
    for (const each of records) batcher.add(each);
    expect(sizes()).toEqual([3]);
    choose(0, records.slice(1, 3));
    expect(batch(1)).toEqual(records.slice(1, 4));
    // The last batch clears the timer, which would keep Jest's worker from ending for six days.
    finish(1);
    await next(3);
    expect(batch(2)).toEqual(records.slice(4));
  });

  it("takes the next batch when one has ended without choosing", async () => {
    const { batcher, finish, next } = open({}, { choosing: true });
    for (let count = 0; count < 6; count += 1) batcher.add(record(1));
    finish(0);
    await next(2);
  });

  it("flushes at once when it is empty", async () => {
    await open().batcher.flush();
  });
});

/** A batcher whose batches end when the test says so, and choose when it says so or at once. */
function open(limits: Partial<BatchLimits> = {}, { choosing = false } = {}) {
  const begunBatches: {
    readonly batch: readonly IngressDelivery[];
    readonly ended: PromiseWithResolvers<void>;
    choose(left: readonly IngressDelivery[]): void;
  }[] = [];
  const begun: (() => void)[] = [];
  const batcher = createMicroBatcher(
    (batch, choose) => {
      const ended = Promise.withResolvers<void>();
      begunBatches.push({ batch, ended, choose });
      if (!choosing) choose([]);
      for (const wake of begun.splice(0)) wake();
      return ended.promise;
    },
    { ...LIMITS, ...limits },
  );
  return {
    batcher,
    sizes: () => begunBatches.map(({ batch }) => batch.length),
    batch: (index: number) => begunBatches[index]?.batch,
    choose: (index: number, left: readonly IngressDelivery[]) => begunBatches[index]?.choose(left),
    finish: (index: number) => begunBatches[index]?.ended.resolve(),
    /** Resolves once this many batches have started. */
    async next(count: number) {
      while (begunBatches.length < count) await new Promise<void>((resolve) => begun.push(resolve));
    },
  };
}

function record(bytes: number): IngressDelivery {
  return {
    record: { data: Buffer.alloc(bytes), attributes: {} },
    attempt: 1,
    publishedAt: 0,
    ack() {},
    nack() {},
  };
}
