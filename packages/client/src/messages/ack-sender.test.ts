import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { DumbwaiterError } from "../error.ts";
import { AckSender } from "./ack-sender.ts";

const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);

describe("acknowledgements", () => {
  let sender: AckSender;
  let delivered: number;
  let batches: (readonly string[])[];
  let failure: DumbwaiterError | undefined;

  beforeEach(() => {
    jest.useFakeTimers();
    delivered = 0;
    batches = [];
    failure = undefined;
    sender = new AckSender({
      deliver: async (batch) => {
        delivered++;
        batches.push(batch);
        if (failure) throw failure;
      },
      confirmed: async () => {},
      failed: () => {},
    });
  });
  afterEach(() => {
    sender.stop();
    jest.useRealTimers();
  });

  it("are gathered for 100 ms, after an answer too", async () => {
    for (const id of ids(10)) {
      sender.add([id]);
      await jest.advanceTimersByTimeAsync(20);
    }
    expect(batches).toEqual([ids(5), ids(10).slice(5)]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(delivered).toBe(2);
  });

  it.each([64, 500])("are sent at once when there are %d of them", async (count) => {
    for (const id of ids(count)) sender.add([id]);
    await jest.advanceTimersByTimeAsync(0);
    expect(batches).toEqual([ids(count)]);
  });

  it("wait for the connection for as long as they may", async () => {
    sender.add(ids(500), 2_000);
    await jest.advanceTimersByTimeAsync(1_999);
    expect(delivered).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(delivered).toBe(1);
  });

  it.each([60_000, 2 ** 31])("wait for a Retry-After of %d ms", async (retryAfterMs) => {
    failure = new DumbwaiterError("rate_limited", "no", { retryAfterMs });
    sender.add(ids(500));
    await jest.advanceTimersByTimeAsync(0);
    expect(delivered).toBe(1);
    for (const id of ids(1_000)) sender.add([id]);
    await jest.advanceTimersByTimeAsync(59_999);
    expect(delivered).toBe(1);
  });
});
