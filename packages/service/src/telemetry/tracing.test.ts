import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { PassThrough } from "node:stream";
import { newMessageId, RateLimitedError, traceIdOf } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { type SpanCollector, startSpanCollector } from "@dumbwaiter/dev-env/observe/span-collector";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { VERSION } from "../version.ts";
import { followSend } from "./follow-send.ts";
import { createLogger } from "./logger.ts";
import type { StepName } from "./message-lines.ts";
import { MessageSteps, type Step } from "./message-steps.ts";
import { startTracing, type TracingSettings } from "./tracing.ts";

let collector: SpanCollector;
let stream: PassThrough;
let tracing: { close(): Promise<void> };

beforeEach(async () => {
  collector = await startSpanCollector();
  stream = new PassThrough();
});
afterEach(async () => {
  await tracing.close();
  await collector.close();
});

const logger = (level: "info" | "debug" = "info") => createLogger({ service: "api", level, stream });

/** @returns the steps of a process that traces */
async function start(settings: Partial<TracingSettings> = {}) {
  tracing = await startTracing({
    ...{ endpoint: `${collector.url}/`, sampler: "parentbased_always_on", sampledShare: 1 },
    ...{ service: "api", logger: logger(), ...settings },
  });
  return new MessageSteps(logger());
}

const newId = () => newMessageId(Date.now());

describe("the trace of a message", () => {
  it("follows from its ID, so that each process adds to it without being told", async () => {
    const id = newId();
    const first = await start();
    await followSend(first, async () => id, { method: "POST", route: "/api/send" });
    await tracing.close();
    const second = await start({ endpoint: collector.url });
    second.took("store", id, { since: performance.now() - 250 });
    second.took("deliver", id, { from: "live", log: { device: "phone" } });
    await tracing.close();

    const [send, store, deliver] = collector.spansOf(id);
    const message = { "messaging.system": "dumbwaiter", "messaging.message.id": id };
    expect(send).toMatchObject({
      name: "send ingress",
      kind: 4,
      traceId: traceIdOf(id),
      parentSpanId: "",
      hasFailed: false,
      attributes: {
        ...message,
        "messaging.operation.name": "send",
        "http.request.method": "POST",
        "http.route": "/api/send",
        "http.response.status_code": 202,
      },
      resource: { "service.name": "dumbwaiter-api", "service.version": VERSION },
    });
    expect(store).toMatchObject({
      name: "store queue",
      kind: 3,
      traceId: traceIdOf(id),
      parentSpanId: send?.spanId,
    });
    expect(store?.seconds).toBeGreaterThan(0.249);
    expect(store?.seconds).toBeLessThan(5);
    expect(deliver?.attributes).toEqual({
      ...message,
      "messaging.operation.name": "deliver",
      "messaging.destination.name": "queue",
      "dumbwaiter.delivery.from": "live",
    });
    expect(deliver).toMatchObject({ parentSpanId: send?.spanId, seconds: 0 });
  });

  it("tells steps apart that differ in one thing alone", async () => {
    const steps = await start();
    const http = { method: "POST", route: "/api/send", status: 202 };
    const told: [StepName, Step][] = [
      ["deliver", { from: "live" }],
      ["deliver", { from: "backlog" }],
      ["process", {}],
      ["process", { error: "expired" }],
      ["process", { error: "internal" }],
      ["send", {}],
      ["send", { http }],
      ["send", { http: { ...http, status: 429 } }],
      ["pull", { http: { ...http, method: "GET" } }],
      ["pull", { http: { ...http, method: "GET", route: "/api/messages" } }],
    ];
    for (const [name, step] of told) steps.took(name, newId(), step);
    await tracing.close();
    const differing = collector
      .spans()
      .map(({ attributes }) => [
        attributes["messaging.operation.name"],
        attributes["dumbwaiter.delivery.from"],
        attributes["error.type"],
        attributes["http.request.method"],
        attributes["http.route"],
        attributes["http.response.status_code"],
      ]);
    expect(differing).toEqual(
      told.map(([name, { from, error, http }]) => [
        name,
        from,
        error,
        http?.method,
        http?.route,
        http?.status,
      ]),
    );
  });

  it("has one root and the attempts that failed before, with their codes", async () => {
    const steps = await start();
    const id = newId();
    const refusal = new RateLimitedError(1000);
    const failing = followSend(steps, async (onId) => {
      onId(id);
      throw refusal;
    });
    await expect(failing).rejects.toBe(refusal);
    const unnamed = new Error("before it had an ID");
    await expect(followSend(steps, () => Promise.reject(unnamed))).rejects.toBe(unnamed);
    await followSend(steps, async () => id);
    await tracing.close();
    const [failed, sent, ...others] = collector.spans();
    expect(others).toEqual([]);
    expect(failed).toMatchObject({ hasFailed: true, attributes: { "error.type": "rate_limited" } });
    expect([failed, sent].map((span) => span?.parentSpanId)).toEqual(["", ""]);
    expect(failed?.spanId).not.toBe(sent?.spanId);
    expect(sent?.attributes).not.toHaveProperty("error.type");
  });
});

describe("sampling", () => {
  const ids = Array.from({ length: 2000 }, newId);

  async function tracedWith(settings: Partial<TracingSettings>): Promise<Set<unknown>> {
    const steps = await start(settings);
    const followed = ids.filter((id) => steps.follows(id));
    await tracing.close();
    expect(collector.spans()).toHaveLength(0);
    return new Set(followed);
  }

  it.each([
    [{ sampler: "always_on", sampledShare: 0 }, ids.length],
    [{ sampler: "parentbased_always_on", sampledShare: 0 }, ids.length],
    [{ sampler: "always_off", sampledShare: 1 }, 0],
    [{ sampler: "parentbased_always_off", sampledShare: 1 }, 0],
  ] as const)("with %j is of all or none", async (settings, traced) => {
    expect((await tracedWith(settings)).size).toBe(traced);
  });

  it("takes a share, which is the same in every process, and within a larger share", async () => {
    const [some, same, more] = [
      await tracedWith({ sampler: "traceidratio", sampledShare: 0.1 }),
      await tracedWith({ sampler: "parentbased_traceidratio", sampledShare: 0.1 }),
      await tracedWith({ sampler: "traceidratio", sampledShare: 0.3 }),
    ];
    expect(same).toEqual(some);
    // Of 2,000 by chance: 8 standard deviations.
    expect(some.size).toBeGreaterThan(200 - 8 * 14);
    expect(some.size).toBeLessThan(200 + 8 * 14);
    expect([...some].filter((id) => !more.has(id))).toEqual([]);
  });

  it("exports only what is sampled", async () => {
    const steps = await start({ sampler: "traceidratio", sampledShare: 0.5 });
    const some = ids.slice(0, 100);
    const followed = some.filter((id) => steps.follows(id));
    for (const id of some) steps.took("send", id);
    await tracing.close();
    const exported = collector.spans().map(({ attributes }) => attributes["messaging.message.id"]);
    expect(exported).toEqual(followed);
    expect(exported.length).toBeGreaterThan(0);
    expect(exported.length).toBeLessThan(100);
  });
});

it("adds the attributes of the resource, which may name the service", async () => {
  const resourceAttributes = { "service.name": "mail", "deployment.environment.name": "staging" };
  const steps = await start({ resourceAttributes });
  steps.took("send", newId());
  await tracing.close();
  expect(collector.spans()[0]?.resource).toEqual({
    ...resourceAttributes,
    "service.version": VERSION,
    "service.instance.id": hostname(),
  });
});

it("is off without an endpoint: no message is followed", async () => {
  const steps = await start({ endpoint: undefined });
  expect(steps.follows(newId())).toBe(false);
  steps.took("send", newId());
  expect(collector.exported()).toHaveLength(0);
});

it("does not hold up a stop when the collector is unavailable", async () => {
  const steps = await start({ endpoint: "http://127.0.0.1:1" });
  steps.took("send", newId());
  await tracing.close();
});

it("writes one line for an outage of the collector, and one when it is over", async () => {
  let [status, exports] = [400, 0];
  const refusing = createServer((request, response) => {
    exports += 1;
    request.resume();
    response.writeHead(status).end();
  });
  refusing.listen(0, "127.0.0.1");
  await once(refusing, "listening");
  process.env.OTEL_BSP_SCHEDULE_DELAY = "20";
  const endpoint = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
  const steps = await start({ endpoint }).finally(() => delete process.env.OTEL_BSP_SCHEDULE_DELAY);
  const exportedOften = async () => {
    const before = exports;
    await eventually(() => {
      steps.took("send", newId());
      expect(exports).toBeGreaterThan(before + 3);
    });
  };
  await exportedOften();
  status = 200;
  await exportedOften();
  await tracing.close();
  refusing.closeAllConnections();
  refusing.close();
  const dependency = "trace_collector";
  expect(logLines(stream)).toEqual([
    expect.objectContaining({
      ...{ level: "warn", dependency, code: "400" },
      msg: "trace collector unavailable; dropping spans",
    }),
    expect.objectContaining({
      ...{ level: "info", dependency, seconds: expect.any(Number) },
      msg: "dependency recovered",
    }),
  ]);
});

describe("the log", () => {
  it("tells of each step at the level debug, with its device, and names the trace", async () => {
    tracing = await startTracing({
      ...{ endpoint: undefined, sampler: "always_on", sampledShare: 1, service: "api", logger: logger() },
    });
    const [id, device] = [newId(), "phone"];
    const steps = new MessageSteps(logger("debug"));
    expect(steps.follows(id)).toBe(true);
    steps.took("deliver", id, { from: "backlog", log: { device } });
    steps.took("ack", id, { log: { device } });
    steps.took("store", id, { error: "refused_by_store" });
    new MessageSteps(logger()).took("ack", id, { log: { device } });
    const about = { level: "debug", id, trace_id: traceIdOf(id) };
    expect(logLines(stream)).toEqual([
      expect.objectContaining({ ...about, device, from: "backlog", msg: "message delivered" }),
      expect.objectContaining({ ...about, device, msg: "message acknowledged" }),
      expect.objectContaining({ ...about, code: "refused_by_store", msg: "message not stored" }),
    ]);
  });
});
