import { describe, expect, it } from "@jest/globals";
import { createInFlight } from "./in-flight.ts";

describe("records in flight", () => {
  it("settles each record once: a nacked record is not acked later", () => {
    const inFlight = createInFlight();
    const calls: string[] = [];
    const [acked, late] = ["acked", "late"].map((name) => inFlight.track(record(name, 0, calls)));
    acked?.ack();
    acked?.nack();
    expect(inFlight.nackAll()).toBe(1);
    late?.ack();
    expect(inFlight.nackAll()).toBe(0);
    expect(calls).toEqual(["ack acked", "nack late"]);
  });

  it("reports the oldest record that it holds", () => {
    const inFlight = createInFlight();
    expect(inFlight.oldestPublishedAt()).toBeUndefined();
    const tracked = [30, 10, 20].map((publishedAt) => inFlight.track(record("any", publishedAt)));
    expect(inFlight.oldestPublishedAt()).toBe(10);
    tracked[1]?.ack();
    expect(inFlight.oldestPublishedAt()).toBe(20);
  });
});

function record(name: string, publishedAt: number, calls: string[] = []) {
  return {
    record: { data: Buffer.alloc(0), attributes: {} },
    attempt: 1,
    publishedAt,
    ack: () => void calls.push(`ack ${name}`),
    nack: () => void calls.push(`nack ${name}`),
  };
}
