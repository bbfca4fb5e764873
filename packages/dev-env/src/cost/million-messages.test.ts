import { describe, expect, it } from "@jest/globals";
import { type Billed, costOfMillion, offline } from "./million-messages.ts";

const NOTHING: Billed = { published: 0, pushed: 0, reads: 0, writes: 0, deletes: 0 };

describe("what a million times cost", () => {
  it("is nothing for nothing", () => {
    expect(costOfMillion(NOTHING, 1_400, 0)).toEqual({ pubsub: 0, firestore: 0, network: 0 });
  });

  it("has a price for each document", () => {
    const documents = { ...NOTHING, reads: 2, writes: 3, deletes: 4 };
    expect(costOfMillion(documents, 1_400, 0).firestore).toBeCloseTo(10 * (2 * 0.03 + 3 * 0.09 + 4 * 0.01));
  });

  it("bills what is published twice, and no less than 1,000 bytes for the call of each", () => {
    const cost = (bytes: number) => costOfMillion({ ...NOTHING, published: 1 }, bytes, 0).pubsub;
    const perByte = (2e6 * 40) / 2 ** 40;
    expect(cost(10)).toBeCloseTo(1_000 * perByte);
    expect(cost(50_000) - cost(40_000)).toBeCloseTo(10_000 * perByte);
    expect(costOfMillion({ ...NOTHING, pushed: 1 }, 50_000, 0).pubsub).toBeCloseTo(1_000 * perByte);
  });

  it("bills each delivery as egress, and through the load balancer", () => {
    const cost = (bytes: number) => costOfMillion(NOTHING, bytes, 1).network;
    expect(cost(2 ** 30) - cost(0)).toBeCloseTo(1e6 * (0.12 + 0.008));
  });

  it("is less for each message of a larger pull", () => {
    expect(offline(1).reads).toBe(6);
    expect(offline(500).reads).toBeCloseTo(3.006);
  });
});
