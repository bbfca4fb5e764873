import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { DumbwaiterError } from "../error.ts";
import { AckSender } from "./ack-sender.ts";

const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);

describe("500 acknowledgements or more", () => {
  let sender: AckSender;
  let delivered: number;
  let failure: DumbwaiterError | undefined;

  beforeEach(() => {
    jest.useFakeTimers();
    delivered = 0;
    failure = undefined;
    sender = new AckSender({
      deliver: async () => {
        delivered++;
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

  it("are sent at once", async () => {
    sender.add(["first"]);
    sender.add(ids(500));
    await jest.advanceTimersByTimeAsync(0);
    expect(delivered).toBeGreaterThanOrEqual(1);
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
