import { testClock } from "@dumbwaiter/core/contracts/samples";
import { expect, it } from "@jest/globals";
import { LowWaterMarks } from "./low-water-marks.ts";

const MINUTE_MS = 60_000;

it("never skips a message, in whichever order commits become readable, acks delete and reads end", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = randomOf(seed);
    const clock = testClock();
    const marks = new LowWaterMarks(clock);
    let server = 1e12;
    /** By their times of storing, with the time from which on they are readable, and until when. */
    const messages: { readonly storedAt: number; readonly readableAt: number; deletedAt: number }[] = [];
    const reads: (() => void)[] = [];
    const inQueue = (from: number) =>
      messages
        .filter(
          ({ storedAt, readableAt, deletedAt }) =>
            storedAt >= from && readableAt <= server && deletedAt > server,
        )
        .map(({ storedAt }) => storedAt)
        .sort((a, b) => a - b);

    for (let step = 0; step < 200; step += 1) {
      const ms = random() * MINUTE_MS * (random() < 0.1 ? 30 : 0.3);
      server += ms;
      // Ours goes at another speed.
      clock.advance(ms * 2 * random());
      const what = random();
      if (what < 0.4) {
        const readableAt = server + random() * 0.9 * MINUTE_MS;
        messages.push({ storedAt: server, readableAt, deletedAt: Number.POSITIVE_INFINITY });
      } else if (what < 0.6) {
        for (const message of messages)
          if (random() < 0.5) message.deletedAt = Math.min(message.deletedAt, server);
      } else {
        const from = marks.of("queue");
        const whole = inQueue(0);
        const found = inQueue(from?.at ?? 0);
        expect({ seed, step, found }).toEqual({ seed, step, found: whole });
        const at = server;
        // Its answer may come after those of later reads.
        reads.push(() => marks.shown("queue", from, { oldest: found[0], at }));
      }
      while (reads.length > 0 && random() < 0.7) reads.splice(Math.floor(random() * reads.length), 1)[0]?.();
    }
  }
});

it("reads a queue as a whole every ten minutes, and then believes what it finds", () => {
  const clock = testClock();
  const marks = new LowWaterMarks(clock);
  const now = 1e12;
  expect(marks.of("queue")).toBeUndefined();
  marks.shown("queue", undefined, { oldest: undefined, at: now });
  const first = marks.of("queue");
  expect(first?.at).toBe(now - MINUTE_MS);
  clock.advance(9 * MINUTE_MS);
  marks.shown("queue", first, { oldest: undefined, at: now + 9 * MINUTE_MS });
  const second = marks.of("queue");
  expect(second?.at).toBe(now + 8 * MINUTE_MS);
  clock.advance(2 * MINUTE_MS);
  expect(marks.of("queue")).toBeUndefined();
  // Somebody has imported an old message.
  marks.shown("queue", undefined, { oldest: now - 1e9, at: now + 11 * MINUTE_MS });
  expect(marks.of("queue")?.at).toBe(now - 1e9);
  // A read that began at the mark before knows nothing of it.
  marks.shown("queue", second, { oldest: undefined, at: now + 12 * MINUTE_MS });
  expect(marks.of("queue")?.at).toBe(now - 1e9);
});

it("keeps the marks of the 20,000 queues that were read last", () => {
  const marks = new LowWaterMarks(testClock());
  const read = (queue: string) => marks.shown(queue, marks.of(queue), { oldest: undefined, at: 1e12 });
  read("first");
  read("second");
  read("first");
  for (let count = 0; count < 19_999; count += 1) read(`queue ${count}`);
  expect(marks.of("first")).toBeDefined();
  expect(marks.of("second")).toBeUndefined();
});

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
