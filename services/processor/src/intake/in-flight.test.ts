import { describe, expect, it } from "@jest/globals";
import { createInFlight } from "./in-flight.ts";

describe("records in flight", () => {
  it("settles each record once: a nacked record is not acked later", () => {
    const inFlight = createInFlight({ now: () => 0 });
    const calls: string[] = [];
    const [acked, late] = ["acked", "late"].map((name) => inFlight.track(record(name, 0, calls)));
    acked?.ack();
    acked?.nack();
    expect(inFlight.nackAll()).toBe(1);
    late?.ack();
    expect(inFlight.nackAll()).toBe(0);
    expect(calls).toEqual(["ack acked", "nack late"]);
  });

  it("tells how long a record has been held from how long ago it was published", () => {
    let now = 1_000;
    const inFlight = createInFlight({ now: () => now });
    const oldest = () => [inFlight.oldestHeldMs(), inFlight.oldestAgeMs()];
    expect(oldest()).toEqual([0, 0]);
    const tracked = [300, 100, 200].map((publishedAt) => {
      now += 10;
      return inFlight.track(record("any", publishedAt));
    });
    expect(oldest()).toEqual([20, 930]);
    tracked[1]?.ack();
    expect(oldest()).toEqual([20, 830]);
    tracked[0]?.nack();
    expect(oldest()).toEqual([0, 830]);
    tracked[2]?.ack();
    expect(oldest()).toEqual([0, 0]);
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
