import { type MessageId, newMessageId, traceIdOf } from "@dumbwaiter/core";
import { buffersIn, fieldsOf } from "@dumbwaiter/dev-env/observe/protobuf";
import { describe, expect, it } from "@jest/globals";
import { SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-node";
import { encodeRequest, type SpanDescription, SpanTemplate } from "./span-encoding.ts";

const SOURCE = {
  resource: { "service.name": "dumbwaiter-api", "service.version": "1" },
  scope: { name: "dumbwaiter", version: "1" },
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

/** As the SDK encodes it. @param spanId which may be random */
function bySdk(
  { name, kind, attributes, isRoot, failed }: SpanDescription,
  id: MessageId,
  spanId: string,
): Uint8Array {
  const traceId = traceIdOf(id);
  const seconds = (ms: number) => [Math.floor(ms / 1000), (ms % 1000) * 1e6] as [number, number];
  const span: ReadableSpan = {
    ...{ name, kind, links: [], events: [], ended: true },
    attributes: { "messaging.message.id": id, ...attributes },
    spanContext: () => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED }),
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
    instrumentationScope: SOURCE.scope,
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
  return ProtobufTraceSerializer.serializeRequest([span]) as Uint8Array;
}

/** The fields that say something, in an order that does not matter: the SDK also writes zeros. */
function contentOf(message: Buffer): string[] {
  return fieldsOf(message)
    .map(({ number, value }) => `${number}: ${typeof value === "number" ? value : value.toString("hex")}`)
    .filter((field) => !/^(?:2|10|12|14): 0$|^15: 1800$/.test(field))
    .sort();
}

/** ExportTraceServiceRequest: resource_spans = 1 of resource = 1 and scope_spans = 2, of scope = 1 and spans = 2. */
function partsOf(request: Uint8Array) {
  const [resourceSpans] = buffersIn(Buffer.from(request), 1) as [Buffer];
  const [scopeSpans] = buffersIn(resourceSpans, 2) as [Buffer];
  return {
    resource: buffersIn(resourceSpans, 1).map(contentOf),
    scope: buffersIn(scopeSpans, 1).map(contentOf),
    spans: buffersIn(scopeSpans, 2),
  };
}

const spanIdOf = (span: Buffer) => (buffersIn(span, 2)[0] as Buffer).toString("hex");

describe("an encoded span", () => {
  it.each<[string, Partial<SpanDescription>]>([
    ["a root", {}],
    ["a root that failed", { failed: true, attributes: { "error.type": "rate_limited" } }],
    ["a child", { isRoot: false, name: "store queue", kind: SpanKind.CLIENT }],
    ["a child that failed", { isRoot: false, failed: true }],
    ["one with a long attribute", { attributes: { "error.type": "long".repeat(5000) } }],
  ])("says what the SDK's says: %s", (_, more) => {
    const description = { ...ROOT, ...more };
    const template = new SpanTemplate(description);
    const ids = [newMessageId(Date.now()), newMessageId(Date.now())];
    const encoded = encodeRequest(
      SOURCE,
      ids.map((id) => template.encode(id, ENDED_AT, TOOK_MS)),
    );
    const { spans, ...source } = partsOf(encoded);
    expect(spans).toHaveLength(2);
    for (const [index, span] of spans.entries()) {
      const sdk = partsOf(bySdk(description, ids[index] as MessageId, spanIdOf(span)));
      expect(contentOf(span)).toEqual(contentOf(sdk.spans[0] as Buffer));
      expect(source).toEqual({ resource: sdk.resource, scope: sdk.scope });
    }
  });

  it("has the end of the trace's ID as its own only as a root that did not fail", () => {
    const id = newMessageId(Date.now());
    const spanIdWith = (more: Partial<SpanDescription>) => {
      const template = new SpanTemplate({ ...ROOT, ...more });
      const request = encodeRequest(SOURCE, [template.encode(id, ENDED_AT, TOOK_MS)]);
      return spanIdOf(partsOf(request).spans[0] as Buffer);
    };
    const rootId = traceIdOf(id).slice(16);
    expect(spanIdWith({})).toBe(rootId);
    expect(spanIdWith({ failed: true })).not.toBe(rootId);
    expect(spanIdWith({ isRoot: false })).not.toBe(rootId);
    expect(spanIdWith({ isRoot: false })).not.toBe(spanIdWith({ isRoot: false }));
  });
});
