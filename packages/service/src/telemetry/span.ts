import {
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

const TRACER = "dumbwaiter";
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = 1;

/**
 * Starts the trace of a send. It never continues the sender's own trace, which would tie the message to its sender. Put
 * nothing about the sender into the attributes. The caller ends the span.
 */
export function startRootSpan(name: string, options: SpanOptions = {}): Span {
  return trace.getTracer(TRACER).startSpan(name, { ...options, root: true }, ROOT_CONTEXT);
}

/**
 * Continues a trace that the router itself started; without a valid `traceparent` the span records nothing. The
 * caller ends the span.
 */
export function continueSpan(name: string, traceparent: string | undefined, options: SpanOptions = {}): Span {
  const parent = spanContextOf(traceparent);
  if (parent === undefined) return trace.wrapSpanContext({ traceId: "", spanId: "", traceFlags: 0 });
  return trace.getTracer(TRACER).startSpan(name, options, trace.setSpanContext(ROOT_CONTEXT, parent));
}

/** What to pass on with the message; undefined when tracing is off. */
export function traceparentOf(span: Span): string | undefined {
  const context = span.spanContext();
  if (!isSpanContextValid(context)) return undefined;
  return `00-${context.traceId}-${context.spanId}-${context.traceFlags & SAMPLED ? "01" : "00"}`;
}

/** Marks the span as failed with this code, never a payload, and ends it. */
export function failSpan(span: Span, code: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  span.end();
}

/** For a log line about something that has a trace of the router's own; nothing if the text is no `traceparent`. */
export function traceField(traceparent: string | undefined): { readonly traceparent?: string } {
  return traceparent === undefined || spanContextOf(traceparent) === undefined ? {} : { traceparent };
}

/** @returns undefined for what is no valid `traceparent` */
export function spanContextOf(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & SAMPLED, isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}
