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
const ids = (calls: Iterable<Call>) => [...calls].map(({ id }) => id);

describe("the queue of calls", () => {
  it("serves calls of one size in the order in which they came", () => {
    const queue = new CallQueue();
    for (let id = 0; id < 5; id += 1) queue.add(publish(id, 10));
    expect(ids(queue.take(ALL))).toEqual([0, 1, 2, 3, 4]);
    expect(queue.length).toBe(0);
  });

  it("lets small calls pass large ones by", () => {
    const queue = new CallQueue();
    for (let id = 0; id < 5; id += 1) queue.add(publish(id, 256));
    queue.add(publish(5, 1));
    expect(ids(queue.take(300 * KIB))).toEqual([5, 0]);
  });

  it("serves a large call once later calls of its size have passed it by", () => {
    const queue = new CallQueue();
    queue.add(publish(0, 1024));
    const served: number[] = [];
    for (let id = 1; !served.includes(0); id += 1) {
      queue.add(publish(id, 100));
      served.push(...ids(queue.take(200 * KIB)).slice(0, 1));
    }
    expect(served.length).toBeGreaterThan(5);
    expect(served.length).toBeLessThan(15);
  });

  it("counts the bytes within messages and ids", () => {
    const messages = [{ id: "x", envelope: new Uint8Array(500 * KIB), queues: [] }];
    const queue = new CallQueue();
    queue.add({ id: 0, name: "storeMessages", args: [{ messages, storedAt: 0 }] });
    queue.add({ id: 1, name: "deleteMessages", args: [{}, Array(500).fill("i".repeat(36))] });
    queue.add({ id: 2, name: "lookupDevices", args: [["u"]] });
    expect(ids(queue.take(ALL))).toEqual([2, 1, 0]);
  });
});
