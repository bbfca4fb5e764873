import type { IngressDelivery } from "@dumbwaiter/core";
import { describe, expect, it } from "@jest/globals";
import { WaitingRecords } from "./waiting-records.ts";

describe("waiting records", () => {
  it("takes one record of each recipient in turn, each recipient's in order", () => {
    const queue = filled("a1 a2 a3 b1 c1 c2");
    expect(take(queue, 4)).toBe("a1 b1 c1 a2");
    expect(take(queue, 4)).toBe("c2 a3");
    expect(take(queue, 4)).toBe("");
  });

  it("goes on with the next recipient, also with one that came later", () => {
    const queue = filled("a1 a2 a3 b1 b2");
    expect(take(queue, 1)).toBe("a1");
    queue.add(record("c1"));
    expect(take(queue, 3)).toBe("b1 a2 c1");
  });

  it("leaves records that would make it too many bytes, but never the first", () => {
    const queue = filled("a1 b1 c1", 400);
    expect([queue.length, queue.bytes]).toEqual([3, 1200]);
    expect(take(queue, 9, 1000)).toBe("a1 b1");
    expect(take(queue, 9, 100)).toBe("c1");
    expect([queue.length, queue.bytes]).toEqual([0, 0]);
  });

  it("takes small records past a large one, which comes first the next time", () => {
    const queue = filled("a1 b1 c1", 400);
    queue.add(record("d1"));
    queue.add(record("b2"));
    expect(take(queue, 9, 500)).toBe("a1 d1");
    queue.add(record("e1"));
    expect(take(queue, 9, 500)).toBe("b1 e1 b2");
    expect(take(queue, 9, 500)).toBe("c1");
  });

  it("takes what was put back first", () => {
    const queue = filled("a1 a2 b1 b2 c1");
    const [, ...left] = queue.take(4, 1e6);
    queue.add(record("a3"));
    queue.putBack(left);
    expect(queue.length).toBe(5);
    expect(take(queue, 9)).toBe("b1 c1 a2 b2 a3");
  });
});

function filled(names: string, bytes = 1): WaitingRecords {
  const queue = new WaitingRecords();
  for (const name of names.split(" ")) queue.add(record(name, bytes));
  return queue;
}

function take(queue: WaitingRecords, records: number, bytes = 1e6): string {
  return queue
    .take(records, bytes)
    .map(({ record: { attributes } }) => attributes.id)
    .join(" ");
}

/** A record whose recipient is the first letter of its name. */
function record(name: string, bytes = 1): IngressDelivery {
  return {
    record: { data: Buffer.alloc(bytes), attributes: { id: name, recipient: name.slice(0, 1) } },
    attempt: 1,
    publishedAt: 0,
    ack() {},
    nack() {},
  };
}
