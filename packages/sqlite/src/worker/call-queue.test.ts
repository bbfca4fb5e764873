import { describe, expect, it } from "@jest/globals";
import { CallQueue } from "./call-queue.ts";
import type { Call } from "./protocol.ts";

const KIB = 1024;
const ALL = Number.POSITIVE_INFINITY;

const publish = (id: number, kib: number): Call => ({
  id,
  name: "publishIngress",
  args: [new Uint8Array(kib * KIB), "{}", 0],
});
const store = (id: number, kib: number): Call => {
  const messages = [{ id: "x", envelope: new Uint8Array(kib * KIB), queues: [] }];
  return { id, name: "storeMessages", args: [{ messages, storedAt: 0 }] };
};
const ids = (calls: Iterable<Call>) => [...calls].map(({ id }) => id);

describe("the queue of calls", () => {
  it("serves calls in the order in which they came", () => {
    const queue = new CallQueue();
    for (let id = 0; id < 5; id += 1) queue.add(store(id, 500 - 100 * id));
    for (let id = 5; id < 9; id += 1) queue.add(publish(id, 10));
    expect(ids(queue.take(ALL))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(queue.length).toBe(0);
  });

  it("lets small messages pass large ones by", () => {
    const queue = new CallQueue();
    for (let id = 0; id < 5; id += 1) queue.add(publish(id, 256));
    queue.add(publish(5, 1));
    expect(ids(queue.take(300 * KIB))).toEqual([5, 0]);
  });

  it("goes on with what was accepted before it accepts more", () => {
    const queue = new CallQueue();
    for (let id = 0; id < 5; id += 1) queue.add(publish(id, 256));
    queue.add(store(5, 512));
    expect(ids(queue.take(800 * KIB))).toEqual([5, 0]);
  });

  it("serves a large message once as many bytes have passed it by", () => {
    const queue = new CallQueue();
    queue.add(publish(0, 1024));
    const served: number[] = [];
    for (let id = 1; !served.includes(0); id += 1) {
      queue.add(id % 2 ? publish(id, 100) : store(id, 100));
      served.push(...ids(queue.take(200 * KIB)).slice(0, 1));
    }
    expect(served.length).toBeGreaterThan(5);
    expect(served.length).toBeLessThan(15);
  });

  it("holds large messages back while they are not accepted", () => {
    const queue = new CallQueue();
    for (const [id, kib] of [256, 1, 256].entries()) queue.add(publish(id, kib));
    queue.add(store(3, 256));
    expect(ids(queue.take(ALL, () => false))).toEqual([3, 1]);
    expect(queue.length).toBe(2);
    let accepted = 0;
    expect(ids(queue.take(ALL, () => accepted++ === 0))).toEqual([0]);
    expect(ids(queue.take(ALL))).toEqual([2]);
  });

  it("counts what was read as done", () => {
    const queue = new CallQueue();
    queue.add(publish(0, 512));
    queue.hasRead(600 * KIB);
    queue.add(publish(1, 1));
    expect(ids(queue.take(ALL))).toEqual([0, 1]);
  });

  it("forgets calls whose deadline has passed, also those that are held back", () => {
    let now = 0;
    const queue = new CallQueue(() => now);
    queue.add(publish(0, 256), 10);
    queue.add(store(1, 1), 10);
    queue.add(store(2, 1), 11);
    now = 10;
    expect(ids(queue.take(ALL, () => false))).toEqual([2]);
    expect(queue.length).toBe(0);
  });
});
