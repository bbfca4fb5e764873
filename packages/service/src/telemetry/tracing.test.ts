import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { newMessageId, RateLimitedError, UnavailableError } from "@dumbwaiter/core";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Span } from "@opentelemetry/api";
import { logRefusal } from "../edge/log-refusal.ts";
import { createLogger } from "./logger.ts";
import { continueSpan, failSpan, startRootSpan, traceparentOf } from "./span.ts";
import { traceSend } from "./trace-send.ts";
import { startTracing } from "./tracing.ts";

let collector: Server;
let endpoint: string;
let exports: { readonly path: string | undefined; readonly body: Buffer }[];

beforeEach(async () => {
  exports = [];
  collector = createServer(async (request, response) => {
    exports.push({ path: request.url, body: await buffer(request) });
    response.end();
  });
  collector.listen(0, "127.0.0.1");
  await once(collector, "listening");
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});

afterEach(async () => {
  collector.close();
  collector.closeAllConnections();
  await once(collector, "close");
});

/** Whether what was exported holds these bytes: ids in binary, names in UTF-8. */
function wasExported(bytes: Buffer | string): boolean {
  return exports.some(({ body }) => body.includes(bytes));
}

function ids(span: Span) {
  const { traceId, spanId } = span.spanContext();
  return { traceId: Buffer.from(traceId, "hex"), spanId: Buffer.from(spanId, "hex") };
}

describe("startTracing", () => {
  it("follows one message from service to service by its traceparent", async () => {
    const tracing = await startTracing({ endpoint: `${endpoint}/`, service: "api" });
    const send = startRootSpan("send", { attributes: { "dumbwaiter.message.id": "m1" } });
    const traceparent = traceparentOf(send);
    const store = continueSpan("store", traceparent);
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(store.spanContext().traceId).toBe(send.spanContext().traceId);
    store.end();
    failSpan(send, "unavailable");
    await tracing.close();

    expect(exports.map(({ path }) => path)).toEqual(["/v1/traces"]);
    for (const text of ["dumbwaiter-api", "send", "store", "m1", "unavailable"])
      expect(wasExported(text)).toBe(true);
    expect(wasExported(ids(send).traceId)).toBe(true);
    expect(wasExported(ids(store).spanId)).toBe(true);
  });

  it("marks an accepted send with its message ID, and a refused one with its code", async () => {
    const tracing = await startTracing({ endpoint, service: "api" });
    const id = newMessageId(Date.now());
    const handedOn: (string | undefined)[] = [];
    const accepted = traceSend(async (traceparent) => {
      handedOn.push(traceparent);
      return id;
    });
    expect(await accepted).toBe(id);
    const refusal = new RateLimitedError(1000);
    await expect(traceSend(() => Promise.reject(refusal))).rejects.toBe(refusal);
    await tracing.close();

    const [, traceId = ""] = handedOn[0]?.split("-") ?? [];
    for (const text of [id, Buffer.from(traceId, "hex"), "rate_limited"])
      expect(wasExported(text)).toBe(true);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it("names the trace of a refused send in the log", async () => {
    const tracing = await startTracing({ endpoint, service: "api" });
    const stream = new PassThrough();
    const logger = createLogger({ service: "api", level: "info", stream });
    const handedOn: (string | undefined)[] = [];
    const failure = new UnavailableError("pubsub");
    const send = traceSend((traceparent) => {
      handedOn.push(traceparent);
      return Promise.reject(failure);
    });
    await expect(send).rejects.toBe(failure);
    logRefusal(logger, "request", failure, {});
    logRefusal(logger, "request", new UnavailableError("firestore"), { request: "pull" });
    await tracing.close();
    const [refused, other] = logLines(stream);
    expect(handedOn[0]).toMatch(/^00-/);
    expect(refused).toMatchObject({ traceparent: handedOn[0] });
    expect(other).not.toHaveProperty("traceparent");
  });

  it("starts a new trace for every send", async () => {
    const tracing = await startTracing({ endpoint, service: "api" });
    const sends = [startRootSpan("send"), startRootSpan("send")];
    expect(new Set(sends.map((span) => span.spanContext().traceId)).size).toBe(2);
    await tracing.close();
  });

  it.each([
    undefined,
    "",
    "garbage",
    `00-${"0".repeat(32)}-${"1".repeat(16)}-01`,
    `00-${"1".repeat(32)}-${"0".repeat(16)}-01`,
    `ff-${"1".repeat(32)}-${"1".repeat(16)}-01`,
  ])("records nothing for the traceparent %s", async (traceparent) => {
    const tracing = await startTracing({ endpoint, service: "processor" });
    const span = continueSpan("store", traceparent);
    expect(span.isRecording()).toBe(false);
    expect(traceparentOf(span)).toBeUndefined();
    span.end();
    await tracing.close();
    expect(exports).toEqual([]);
  });

  it("exports nothing of a send that was not sampled", async () => {
    const tracing = await startTracing({ endpoint, service: "processor" });
    const span = continueSpan("store", `00-${"1".repeat(32)}-${"1".repeat(16)}-00`);
    expect(span.isRecording()).toBe(false);
    expect(traceparentOf(span)).toMatch(/-00$/);
    await tracing.close();
  });

  it("is off without an endpoint: no span, no traceparent, no request", async () => {
    const tracing = await startTracing({ endpoint: undefined, service: "api" });
    const span = startRootSpan("send");
    expect(span.isRecording()).toBe(false);
    expect(traceparentOf(span)).toBeUndefined();
    span.end();
    await tracing.close();
    expect(exports).toEqual([]);
  });

  it("does not hold up a stop when the collector is unavailable", async () => {
    const tracing = await startTracing({ endpoint: "http://127.0.0.1:1", service: "api" });
    startRootSpan("send").end();
    await tracing.close();
  });
});
