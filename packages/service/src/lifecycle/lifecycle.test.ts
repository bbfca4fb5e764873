import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createLogger } from "../telemetry/logger.ts";
import { Health } from "./health.ts";
import { createLifecycle, type LifecycleOptions } from "./lifecycle.ts";

const logger = createLogger({ service: "test", level: "silent" });

function open(options: Partial<LifecycleOptions> = {}) {
  const health = new Health();
  health.started = true;
  return { health, lifecycle: createLifecycle({ health, logger, graceMs: 30_000, ...options }) };
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

const never = () => new Promise(() => {});

describe("createLifecycle", () => {
  it("fails readiness first, then runs the phases in order, and the tasks of a phase concurrently", async () => {
    const { health, lifecycle } = open();
    const log: string[] = [];
    const task = (name: string) => async () => {
      log.push(`${name} begins${health.ready ? " while ready" : ""}`);
      await Promise.resolve();
      log.push(`${name} ends`);
    };
    lifecycle.onStop("flush", "d", task("d"));
    lifecycle.onStop("clients", "c", task("c"));
    lifecycle.onStop("inFlight", "b", task("b"));
    lifecycle.onStop("intake", "a1", task("a1"));
    lifecycle.onStop("intake", "a2", task("a2"));
    expect(await lifecycle.stop("test")).toBe(true);
    expect(log).toEqual([
      "a1 begins",
      "a2 begins",
      "a1 ends",
      "a2 ends",
      "b begins",
      "b ends",
      "c begins",
      "c ends",
      "d begins",
      "d ends",
    ]);
  });

  it("keeps accepting work during the readiness delay", async () => {
    const { health, lifecycle } = open({ readinessDelayMs: 1_000 });
    let accepting = true;
    lifecycle.onStop("intake", "server", () => {
      accepting = false;
    });
    const stopped = lifecycle.stop("test");
    expect(health.ready).toBe(false);
    await jest.advanceTimersByTimeAsync(999);
    expect(accepting).toBe(true);
    await jest.advanceTimersByTimeAsync(1);
    expect(accepting).toBe(false);
    await stopped;
  });

  it("stops only once, however often it is called", async () => {
    const { lifecycle } = open();
    let stops = 0;
    lifecycle.onStop("intake", "server", () => {
      stops += 1;
    });
    const first = lifecycle.stop("SIGTERM");
    expect(lifecycle.stop("SIGINT")).toBe(first);
    await first;
    await lifecycle.stop("again");
    expect(stops).toBe(1);
  });

  it("continues after a task that fails, and reports it", async () => {
    const { lifecycle } = open();
    let flushed = false;
    lifecycle.onStop("intake", "throws", () => {
      throw new Error("at once");
    });
    lifecycle.onStop("inFlight", "rejects", () => Promise.reject(new Error("later")));
    lifecycle.onStop("flush", "traces", () => {
      flushed = true;
    });
    expect(await lifecycle.stop("test")).toBe(false);
    expect(flushed).toBe(true);
  });

  it("aborts and abandons late tasks, and stays within the grace when every phase is late", async () => {
    const { lifecycle } = open({ graceMs: 30_000, readinessDelayMs: 5_000 });
    const aborted: string[] = [];
    for (const phase of ["intake", "inFlight", "clients", "flush"] as const) {
      lifecycle.onStop(phase, "hangs", (deadline) => {
        deadline.addEventListener("abort", () => aborted.push(phase));
        return never();
      });
    }
    let clean: boolean | undefined;
    lifecycle.stop("test").then((ended) => {
      clean = ended;
    });
    await jest.advanceTimersByTimeAsync(30_000);
    expect(aborted).toEqual(["intake", "inFlight", "clients", "flush"]);
    expect(clean).toBe(false);
  });

  it("adds the drain's time to the grace", async () => {
    const { lifecycle } = open({ graceMs: 30_000, drainMs: 60_000 });
    let aborted = false;
    lifecycle.onStop("intake", "drain", (deadline) => {
      deadline.addEventListener("abort", () => {
        aborted = true;
      });
      return never();
    });
    const stopped = lifecycle.stop("test");
    await jest.advanceTimersByTimeAsync(60_000);
    expect(aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(aborted).toBe(true);
    expect(await stopped).toBe(false);
  });
});
