import { type MessageId, traceIdOf } from "@dumbwaiter/core";
import { type SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import protobuf from "protobufjs/minimal.js";

const { Writer } = protobuf;
type Writer = InstanceType<typeof Writer>;

/** What the spans of one kind have in common. */
export interface SpanDescription {
  readonly name: string;
  readonly kind: SpanKind;
  /** Without the message's ID. */
  readonly attributes: SpanAttributes;
  /** Whether it begins the trace: the others are children of the one that did not fail. */
  readonly isRoot: boolean;
  readonly failed: boolean;
}

/** Whose spans they are. */
export interface SpanSource {
  /** Attributes of the process. */
  readonly resource: SpanAttributes;
  /** What makes the spans. */
  readonly scope: { readonly name: string; readonly version: string };
}

/** Texts and whole numbers. */
type SpanAttributes = Readonly<Record<string, string | number>>;

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const TIME_BYTES = 8;
const MESSAGE_ID_BYTES = 36;

/** Of `Span.flags`, besides those of W3C: that it is known whether the parent is another process's, and that it is. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** Protobuf's wire types. */
const [VARINT, FIXED64, DELIMITED, FIXED32] = [0, 1, 2, 5] as const;

const tag = (field: number, wireType: number) => (field << 3) | wireType;

/**
 * Encodes the spans of one kind as OTLP has them. They differ in their IDs and times alone, which have fixed lengths, so
 * each is a copy of one in which these are exchanged: see ADR 58.
 */
export class SpanTemplate {
  readonly #bytes: Uint8Array;
  readonly #hasRootId: boolean;
  /** Where in the bytes they begin. */
  readonly #traceId: number;
  readonly #spanId: number;
  readonly #parentId: number | undefined;
  readonly #startTime: number;
  readonly #endTime: number;
  readonly #messageId: number;

  constructor({ name, kind, attributes, isRoot, failed }: SpanDescription) {
    const span = Writer.create();
    const reserveId = (field: number, bytes: number) =>
      span.uint32(tag(field, DELIMITED)).bytes(new Uint8Array(bytes)).len - bytes;
    const reserveTime = (field: number) => span.uint32(tag(field, FIXED64)).fixed64(0).len - TIME_BYTES;
    const places = {
      traceId: reserveId(1, TRACE_ID_BYTES),
      spanId: reserveId(2, SPAN_ID_BYTES),
      parentId: isRoot ? undefined : reserveId(4, SPAN_ID_BYTES),
      startTime: reserveTime(7),
      endTime: reserveTime(8),
      messageId:
        writeAttribute(span, 9, "messaging.message.id", "-".repeat(MESSAGE_ID_BYTES)).len - MESSAGE_ID_BYTES,
    };
    span.uint32(tag(5, DELIMITED)).string(name);
    span.uint32(tag(6, VARINT)).uint32(kind + 1);
    for (const [key, value] of Object.entries(attributes)) writeAttribute(span, 9, key, value);
    if (failed)
      span.uint32(tag(15, DELIMITED)).fork().uint32(tag(3, VARINT)).uint32(SpanStatusCode.ERROR).ldelim();
    span.uint32(tag(16, FIXED32)).fixed32(TraceFlags.SAMPLED | HAS_IS_REMOTE | (isRoot ? 0 : IS_REMOTE));
    const length = span.len;
    this.#bytes = Writer.create().uint32(tag(2, DELIMITED)).bytes(span.finish()).finish();
    const start = this.#bytes.length - length;
    this.#hasRootId = isRoot && !failed;
    this.#traceId = start + places.traceId;
    this.#spanId = start + places.spanId;
    this.#parentId = places.parentId === undefined ? undefined : start + places.parentId;
    this.#startTime = start + places.startTime;
    this.#endTime = start + places.endTime;
    this.#messageId = start + places.messageId;
  }

  /** @returns the span, as a field of `ScopeSpans`. @param endedAt in milliseconds since the epoch */
  encode(id: MessageId, endedAt: number, tookMs: number): Buffer {
    const bytes = Buffer.from(this.#bytes);
    bytes.write(traceIdOf(id), this.#traceId, TRACE_ID_BYTES, "hex");
    // The root's ID is the end of the trace's, so that other processes know their parent.
    const rootId = this.#traceId + TRACE_ID_BYTES - SPAN_ID_BYTES;
    if (this.#hasRootId) bytes.copyWithin(this.#spanId, rootId, rootId + SPAN_ID_BYTES);
    else {
      bytes.writeUInt32LE((Math.random() * 2 ** 32) >>> 0, this.#spanId);
      bytes.writeUInt32LE((Math.random() * 2 ** 32) >>> 0, this.#spanId + 4);
    }
    if (this.#parentId !== undefined) bytes.copyWithin(this.#parentId, rootId, rootId + SPAN_ID_BYTES);
    writeNanoseconds(bytes, this.#startTime, endedAt - tookMs);
    writeNanoseconds(bytes, this.#endTime, endedAt);
    bytes.write(id, this.#messageId, MESSAGE_ID_BYTES, "latin1");
    return bytes;
  }
}

/** `ExportTraceServiceRequest`. @param spans as {@link SpanTemplate.encode} returns them */
export function encodeRequest({ resource, scope }: SpanSource, spans: readonly Buffer[]): Uint8Array {
  const request = Writer.create().uint32(tag(1, DELIMITED)).fork();
  request.uint32(tag(1, DELIMITED)).fork();
  for (const [key, value] of Object.entries(resource)) writeAttribute(request, 1, key, value);
  request.ldelim();
  const scopeSpans = Writer.create();
  scopeSpans.uint32(tag(1, DELIMITED)).fork().uint32(tag(1, DELIMITED)).string(scope.name);
  scopeSpans.uint32(tag(2, DELIMITED)).string(scope.version).ldelim();
  const encoded = Buffer.concat([scopeSpans.finish(), ...spans]);
  return request.uint32(tag(2, DELIMITED)).bytes(encoded).ldelim().finish();
}

/** `KeyValue` of `AnyValue`. */
function writeAttribute(writer: Writer, field: number, key: string, value: string | number): Writer {
  writer.uint32(tag(field, DELIMITED)).fork().uint32(tag(1, DELIMITED)).string(key);
  writer.uint32(tag(2, DELIMITED)).fork();
  if (typeof value === "number") writer.uint32(tag(3, VARINT)).int64(value);
  else writer.uint32(tag(1, DELIMITED)).string(value);
  return writer.ldelim().ldelim();
}

/** Of a time in milliseconds. A number is exact to a quarter of a microsecond here. */
function writeNanoseconds(bytes: Buffer, at: number, ms: number): void {
  const nanoseconds = ms * 1e6;
  bytes.writeUInt32LE((nanoseconds % 2 ** 32) >>> 0, at);
  bytes.writeUInt32LE((nanoseconds / 2 ** 32) >>> 0, at + 4);
}
