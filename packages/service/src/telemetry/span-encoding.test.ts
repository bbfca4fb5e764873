import { newMessageId, traceIdOf } from "@dumbwaiter/core";
import { type ExportedSpan, spansIn } from "@dumbwaiter/dev-env/observe/span-collector";
import { describe, expect, it } from "@jest/globals";
import { SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-node";
import { encodeRequest, type SpanDescription, SpanTemplate } from "./span-encoding.ts";

const SOURCE = {
  resource: { "service.name": "dumbwaiter-api", "service.version": "1" },
  name: "dumbwaiter",
  version: "1",
};
const ENDED_AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const TOOK_MS = 1234;

const ROOT: SpanDescription = {
  name: "send ingress",
  kind: SpanKind.PRODUCER,
  attributes: { "messaging.system": "dumbwaiter", "http.response.status_code": 202 },
  isRoot: true,
  failed: false,
};

/** As the SDK encodes it. @param ours for IDs of spans that are random */
function bySdk(
  { name, kind, attributes, isRoot, failed }: SpanDescription,
  id: string,
  ours: ExportedSpan,
): Uint8Array {
  const traceId = traceIdOf(id as never);
  const seconds = (ms: number) => [Math.floor(ms / 1000), (ms % 1000) * 1e6] as [number, number];
  const span: ReadableSpan = {
    ...{ name, kind, links: [], events: [], ended: true },
    attributes: { "messaging.message.id": id, ...attributes },
    spanContext: () => ({ traceId, spanId: ours.spanId, traceFlags: TraceFlags.SAMPLED }),
    ...(!isRoot && {
      parentSpanContext: {
        traceId,
        spanId: traceId.slice(16),
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
      },
    }),
    ...{ startTime: seconds(ENDED_AT - TOOK_MS), endTime: seconds(ENDED_AT), duration: seconds(TOOK_MS) },
    status: { code: failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    resource: resourceFromAttributes(SOURCE.resource),
    instrumentationScope: { name: SOURCE.name, version: SOURCE.version },
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
  return ProtobufTraceSerializer.serializeRequest([span]) as Uint8Array;
}

describe("an encoded span", () => {
  it.each<[string, Partial<SpanDescription>]>([
    ["a root", {}],
    ["a root that failed", { failed: true, attributes: { "error.type": "rate_limited" } }],
    ["a child", { isRoot: false, name: "store queue", kind: SpanKind.CLIENT }],
    ["a child that failed", { isRoot: false, failed: true }],
    ["one whose length takes two bytes", { attributes: { "error.type": "long".repeat(100) } }],
  ])("is read as that of the SDK: %s", (_, more) => {
    const description = { ...ROOT, ...more };
    const template = new SpanTemplate(description);
    const ids = [newMessageId(Date.now()), newMessageId(Date.now())];
    const encoded = encodeRequest(
      SOURCE,
      ids.map((id) => template.encode(id, ENDED_AT, TOOK_MS)),
    );
    const spans = spansIn(Buffer.from(encoded));
    expect(spans).toHaveLength(2);
    for (const [index, span] of spans.entries()) {
      const [expected] = spansIn(Buffer.from(bySdk(description, ids[index] as string, span)));
      expect(span).toEqual(expected);
    }
  });

  it("has the end of the trace's ID as its own only as a root that did not fail", () => {
    const id = newMessageId(Date.now());
    const spanIdOf = (more: Partial<SpanDescription>) => {
      const template = new SpanTemplate({ ...ROOT, ...more });
      const request = encodeRequest(SOURCE, [template.encode(id, ENDED_AT, TOOK_MS)]);
      return spansIn(Buffer.from(request))[0]?.spanId;
    };
    const rootId = traceIdOf(id).slice(16);
    expect(spanIdOf({})).toBe(rootId);
    expect(spanIdOf({ failed: true })).not.toBe(rootId);
    expect(spanIdOf({ isRoot: false })).not.toBe(rootId);
    expect(spanIdOf({ isRoot: false })).not.toBe(spanIdOf({ isRoot: false }));
  });
});
