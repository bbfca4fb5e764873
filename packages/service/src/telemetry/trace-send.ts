import { DumbwaiterError, type MessageId } from "@dumbwaiter/core";
import { SpanKind } from "@opentelemetry/api";
import { failSpan, startRootSpan, traceparentOf } from "./span.ts";

/** Of sends that failed. */
const traces = new WeakMap<object, string>();

/** The `traceparent` of the send that failed with this error, if it has one. */
export function traceOfFailure(error: object): string | undefined {
  return traces.get(error);
}

/**
 * Accepts a message within the root span of its trace, which holds nothing about its sender.
 *
 * @param accept gets the `traceparent` to pass on, undefined when tracing is off
 * @throws what `accept` throws
 */
export async function traceSend(
  accept: (traceparent: string | undefined) => Promise<MessageId>,
): Promise<MessageId> {
  const span = startRootSpan("send", { kind: SpanKind.PRODUCER });
  const traceparent = traceparentOf(span);
  try {
    const id = await accept(traceparent);
    span.setAttribute("messaging.message.id", id).end();
    return id;
  } catch (error) {
    if (traceparent !== undefined && error instanceof Error) traces.set(error, traceparent);
    failSpan(span, error instanceof DumbwaiterError ? error.code : "internal");
    throw error;
  }
}
