import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { Coalescer, type CoalescerLimits } from "./coalescer.ts";

const LIMITS: CoalescerLimits = { maxItems: 10, maxSize: 100, maxInFlight: 2 };

/** What ends their requests, and so their timers. */
const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of opened.splice(0)) await end();
});

/** Requests that end when the test says so, or with it. */
function open(limits: Partial<CoalescerLimits> = {}) {
  let ended = false;
  const requests: { items: readonly number[]; end: () => void; fail: (error: Error) => void }[] = [];
  const coalescer = new Coalescer<number>(
    { ...LIMITS, ...limits },
    (size) => size,
    (items) =>
      new Promise<void>((end, fail) => {
        requests.push({ items, end, fail });
        if (ended) end();
      }),
  );
  const sent = () => requests.map(({ items }) => items);
  opened.push(async () => {
    ended = true;
    const idle = coalescer.whenIdle();
    for (const { end } of requests) end();
    await idle;
  });
  return { coalescer, requests, sent };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("Coalescer", () => {
  it("puts what comes in one turn of the event loop into one request", async () => {
    const { coalescer, requests, sent } = open();
    const added = [coalescer.add(1), coalescer.add(2)];
    await Promise.resolve();
    added.push(coalescer.add(3));
    await turn();
    expect(sent()).toEqual([[1, 2, 3]]);
    requests[0]?.end();
    await Promise.all(added);
  });

  it("sends what is posted with the rest, and tells nobody of it when the request fails", async () => {
    const { coalescer, requests, sent } = open();
    coalescer.post(1);
    const added = coalescer.add(2);
    await turn();
    expect(sent()).toEqual([[1, 2]]);
    requests[0]?.fail(new Error("refused"));
    await expect(added).rejects.toThrow("refused");
    await coalescer.whenIdle();
  });

  it("splits by number and by size, and sends a large item alone", async () => {
    const byNumber = open({ maxItems: 2 });
    for (const item of [1, 2, 3]) void byNumber.coalescer.add(item);
    await turn();
    expect(byNumber.sent()).toEqual([[1, 2], [3]]);

    const bySize = open({ maxInFlight: 9 });
    for (const item of [60, 40, 1, 500, 2]) void bySize.coalescer.add(item);
    await turn();
    expect(bySize.sent()).toEqual([[60, 40], [1], [500], [2]]);
  });

  it("gathers items while the allowed requests are under way", async () => {
    const { coalescer, requests, sent } = open({ maxInFlight: 1 });
    void coalescer.add(1);
    await turn();
    for (const item of [2, 3, 4]) {
      void coalescer.add(item);
      await turn();
    }
    expect(sent()).toEqual([[1]]);
    requests[0]?.end();
    await turn();
    expect(sent()).toEqual([[1], [2, 3, 4]]);
  });

  it("lets a lone item go at once, and the next request begin when enough items wait", async () => {
    const { coalescer, sent } = open({ maxInFlight: 9, pace: { everyMs: 1e9, minItems: 3 } });
    for (const item of [1, 2, 3]) {
      void coalescer.add(item);
      await turn();
    }
    expect(sent()).toEqual([[1]]);
    void coalescer.add(4);
    await turn();
    expect(sent()).toEqual([[1], [2, 3, 4]]);
  });

  it("lets the next request begin when it is full, and what does not fit into it wait", async () => {
    const { coalescer, sent } = open({ maxInFlight: 9, pace: { everyMs: 1e9, minItems: 9 } });
    void coalescer.add(1);
    await turn();
    for (const item of [60, 39]) void coalescer.add(item);
    await turn();
    expect(sent()).toEqual([[1]]);
    void coalescer.add(1);
    await turn();
    expect(sent()).toEqual([[1], [60, 39, 1]]);
    for (const item of [60, 50]) void coalescer.add(item);
    await turn();
    expect(sent()).toEqual([[1], [60, 39, 1], [60]]);
    void coalescer.add(49);
    await turn();
    expect(sent()).toHaveLength(3);
    void coalescer.add(1);
    await turn();
    expect(sent().at(-1)).toEqual([50, 49, 1]);
  });

  it("lets the next request begin when it is due", async () => {
    const clock = jest.spyOn(performance, "now").mockReturnValue(1_000);
    try {
      const { coalescer, sent } = open({ maxInFlight: 9, pace: { everyMs: 40, minItems: 9 } });
      const add = async (item: number) => {
        void coalescer.add(item);
        await turn();
      };
      await add(1);
      clock.mockReturnValue(1_039);
      await add(2);
      expect(sent()).toEqual([[1]]);
      clock.mockReturnValue(1_040);
      await eventually(() => expect(sent()).toEqual([[1], [2]]));
      clock.mockReturnValue(1_079);
      await add(3);
      expect(sent()).toHaveLength(2);
      clock.mockReturnValue(1_080);
      await add(4);
      expect(sent().at(-1)).toEqual([3, 4]);
    } finally {
      clock.mockRestore();
    }
  });

  it("lets nothing wait for its turn once somebody waits until it is idle", async () => {
    const { coalescer, requests, sent } = open({ maxInFlight: 9, pace: { everyMs: 1e9, minItems: 9 } });
    void coalescer.add(1);
    await turn();
    void coalescer.add(2);
    await turn();
    expect(sent()).toEqual([[1]]);
    const idle = coalescer.whenIdle();
    expect(sent()).toEqual([[1], [2]]);
    void coalescer.add(3);
    await turn();
    expect(sent()).toEqual([[1], [2], [3]]);
    for (const { end } of requests) end();
    await idle;
  });

  it("fails the items of a failed request, and no others", async () => {
    const { coalescer, requests } = open({ maxItems: 1 });
    const outcomes = Promise.allSettled([coalescer.add(1), coalescer.add(2)]);
    await turn();
    requests[0]?.fail(new Error("unavailable"));
    requests[1]?.end();
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });

  it("fails items that have waited for too long with a failed request, and no others", async () => {
    const { coalescer, requests, sent } = open({ maxInFlight: 1, maxWaitMs: 20 });
    const first = Promise.allSettled([coalescer.add(1)]);
    await turn();
    const waiting = Promise.allSettled([coalescer.add(2), coalescer.add(3)]);
    await sleep(25);
    const after = coalescer.add(4);
    requests[0]?.fail(new Error("unavailable"));
    expect(await first).toEqual([{ status: "rejected", reason: new Error("unavailable") }]);
    expect((await waiting).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await turn();
    requests[1]?.end();
    await after;
    expect(sent()).toEqual([[1], [4]]);
  });

  it("is idle once nothing waits and nothing is under way", async () => {
    const { coalescer, requests } = open({ maxItems: 1, maxInFlight: 1 });
    await coalescer.whenIdle();
    let idle = false;
    void coalescer.add(1);
    coalescer.add(2).catch(() => {});
    const waiting = coalescer.whenIdle().then(() => {
      idle = true;
    });
    await turn();
    requests[0]?.end();
    await turn();
    expect(idle).toBe(false);
    requests[1]?.fail(new Error("unavailable"));
    await waiting;
  });
});
