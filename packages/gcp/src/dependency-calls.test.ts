import { UnavailableError } from "@dumbwaiter/core";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "@jest/globals";
import { DependencyCalls } from "./dependency-calls.ts";

/** A call that fails with each of the codes in turn, then succeeds. */
function failing(codes: readonly status[], expected: readonly status[] = []) {
  const timeouts: number[] = [];
  const call = {
    method: "commit",
    resource: "projects/p/databases/d",
    items: () => 7,
    expected,
    async attempt(timeoutMs: number) {
      timeouts.push(timeoutMs);
      const code = codes[timeouts.length - 1];
      if (code !== undefined) throw Object.assign(new Error(status[code]), { code });
      return "done";
    },
  };
  return { call, timeouts };
}

describe("DependencyCalls", () => {
  it("retries a call while its error is transient, within one deadline", async () => {
    const observed: unknown[] = [];
    const calls = new DependencyCalls("firestore", { onCall: (...call) => observed.push(call) });
    const { call, timeouts } = failing([status.UNAVAILABLE, status.ABORTED]);
    expect(await calls.run(call)).toBe("done");
    expect(timeouts).toHaveLength(3);
    expect(timeouts[2]).toBeLessThan(timeouts[0] as number);
    expect(observed).toEqual([["commit", 7]]);
  });

  it("gives up at the deadline", async () => {
    const calls = new DependencyCalls("firestore", { timeoutMs: 500 });
    const { call, timeouts } = failing(Array(100).fill(status.UNAVAILABLE));
    await expect(calls.run(call)).rejects.toMatchObject({ code: "unavailable", dependency: "firestore" });
    expect(timeouts.length).toBeGreaterThan(1);
    expect(timeouts.length).toBeLessThan(10);
  });

  it.each([status.DEADLINE_EXCEEDED, status.PERMISSION_DENIED, status.NOT_FOUND])(
    "does not retry a call that failed with %s",
    async (code) => {
      const { call, timeouts } = failing([code]);
      await expect(new DependencyCalls("pubsub", {}).run(call)).rejects.toBeInstanceOf(UnavailableError);
      expect(timeouts).toHaveLength(1);
    },
  );

  it("throws an expected error as it is, even a transient one", async () => {
    const { call, timeouts } = failing([status.ABORTED], [status.ABORTED]);
    const calls = new DependencyCalls("firestore", {});
    await expect(calls.run(call)).rejects.toMatchObject({ code: status.ABORTED });
    expect(timeouts).toHaveLength(1);
    expect(calls.isUp).toBe(true);
  });

  it("knows whether the service answered the last call", async () => {
    const calls = new DependencyCalls("firestore", {});
    expect(calls.isUp).toBe(true);
    await expect(calls.run(failing([status.DEADLINE_EXCEEDED]).call)).rejects.toThrow();
    expect(calls.isUp).toBe(false);
    await calls.run(failing([]).call);
    expect(calls.isUp).toBe(true);
  });
});
