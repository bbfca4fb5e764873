import { Writable } from "node:stream";
import { DumbwaiterError, UnavailableError } from "@dumbwaiter/core";
import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import { createLogger } from "../telemetry/logger.ts";
import { logRefusal } from "./log-refusal.ts";

let lines: Record<string, unknown>[];

function openLog() {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  return createLogger({ service: "test", level: "info", stream });
}

beforeEach(() => {
  lines = [];
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Its cause quotes what a client wrote, as `jose` does. */
const badToken = () =>
  new DumbwaiterError("unauthenticated", "The token is invalid", {
    cause: Object.assign(new Error("hunter2 is not recognized"), { code: "ERR_JOSE_NOT_SUPPORTED" }),
  });

it("logs the first refusal of a kind at once, then how many followed, without a stack", () => {
  const logger = openLog();
  for (let attempt = 0; attempt < 50_000; attempt += 1) {
    logRefusal(logger, "request", badToken(), { request: "auth", attempt });
  }
  logRefusal(logger, "request", new UnavailableError("firestore"), { request: "ack" });
  expect(lines).toMatchObject([
    {
      ...{ code: "unauthenticated", request: "auth", attempt: 0, msg: "request refused" },
      reason: "The token is invalid (ERR_JOSE_NOT_SUPPORTED)",
    },
    { code: "unavailable", request: "ack", dependency: "firestore", level: "warn" },
  ]);
  jest.advanceTimersByTime(10_000);
  expect(lines.slice(2)).toMatchObject([{ code: "unauthenticated", attempt: 49_999, repeated: 49_999 }]);
  expect(JSON.stringify(lines)).not.toMatch(/at |hunter2/);
});

it("starts over once a kind has not been seen for a while", () => {
  const logger = openLog();
  logRefusal(logger, "request", badToken(), {});
  jest.advanceTimersByTime(10_000);
  logRefusal(logger, "request", badToken(), {});
  expect(lines).toHaveLength(2);
  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(10_000);
  expect(jest.getTimerCount()).toBe(0);
});

it("bounds the kinds", () => {
  const logger = openLog();
  for (let route = 0; route < 10_000; route += 1) {
    logRefusal(logger, "request", badToken(), { route: `/${route}` });
  }
  expect(lines.length).toBeLessThan(300);
  expect(jest.getTimerCount()).toBeLessThan(300);
});
