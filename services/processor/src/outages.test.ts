import { PassThrough } from "node:stream";
import { UnavailableError } from "@dumbwaiter/core";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { metricValue } from "@dumbwaiter/dev-env/observe/metric-value";
import { createLogger } from "@dumbwaiter/service";
import { describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { createInFlight } from "./intake/in-flight.ts";
import { createProcessorMetrics } from "./metrics.ts";
import { createOutages } from "./outages.ts";

describe("outages", () => {
  it("retries until the dependency recovers, and logs the start and the end once", async () => {
    const { outages, stream, gauge } = open();
    let away = true;
    let tries = 0;
    const operation = async () => {
      tries += 1;
      if (away)
        throw new UnavailableError("firestore", Object.assign(new Error("gone"), { code: "ECONNRESET" }));
      return "answer";
    };
    const held = [outages.hold("store", operation), outages.hold("store", operation)];
    while (tries < 6) await new Promise(setImmediate);
    expect(await gauge()).toBe(1);
    away = false;
    expect(await Promise.all(held)).toEqual(["answer", "answer"]);
    expect(await gauge()).toBe(0);
    const why = { stage: "store", code: "ECONNRESET", err: expect.objectContaining({ code: "unavailable" }) };
    expect(logLines(stream)).toEqual([
      expect.objectContaining({ ...why, level: "warn", msg: "dependency unavailable; retrying" }),
      expect.objectContaining({ ...why, level: "info", seconds: expect.any(Number) }),
    ]);
  });

  it("throws other errors at once", async () => {
    const { outages, stream } = open();
    const bug = new TypeError("a bug");
    await expect(outages.hold("lookup", () => Promise.reject(bug))).rejects.toBe(bug);
    expect(logLines(stream)).toEqual([]);
  });

  it("stops waiting when the signal is aborted", async () => {
    const { outages, ending } = open();
    const held = outages.hold("lookup", () => Promise.reject(new UnavailableError("firestore")));
    await new Promise(setImmediate);
    ending.abort();
    await expect(held).rejects.toThrow("abort");
    await expect(outages.hold("lookup", async () => "never")).rejects.toThrow("abort");
  });
});

function open() {
  const ending = new AbortController();
  const registry = new Registry();
  const stream = new PassThrough();
  const logger = createLogger({ service: "processor", level: "info", stream });
  const metrics = createProcessorMetrics(registry, createInFlight({ now: Date.now }));
  return {
    outages: createOutages({ logger, metrics, signal: ending.signal }),
    ending,
    stream,
    gauge: () => metricValue(registry, "dumbwaiter_processor_outage", { stage: "store" }),
  };
}
