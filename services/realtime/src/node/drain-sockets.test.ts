import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import { drainSockets } from "./drain-sockets.ts";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** When each of the sockets was told to end, in milliseconds after the start of the drain. */
async function endsOf(sockets: number, drainMs: number): Promise<number[]> {
  const ends: number[] = [];
  const startedAt = performance.now();
  const end = (code: string) => {
    expect(code).toBe("drain");
    ends.push(performance.now() - startedAt);
  };
  const drained = drainSockets(
    Array.from({ length: sockets }, () => ({ end }) as never),
    drainMs,
  );
  await jest.runAllTimersAsync();
  await drained;
  return ends;
}

it("ends sockets evenly over the time of a drain", async () => {
  expect(await endsOf(6, 600)).toEqual([0, 100, 200, 300, 400, 500]);
});

it("ends all sockets at once when a drain takes no time", async () => {
  expect(await endsOf(3, 0)).toEqual([0, 0, 0]);
});
