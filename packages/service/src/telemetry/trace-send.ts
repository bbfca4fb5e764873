import { DumbwaiterError, type MessageId } from "@dumbwaiter/core";
import { SpanKind } from "@opentelemetry/api";
import { failSpan, startRootSpan, traceparentOf } from "./span.ts";

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
  try {
    const id = await accept(traceparentOf(span));
    span.setAttribute("messaging.message.id", id).end();
    return id;
  } catch (error) {
    failSpan(span, error instanceof DumbwaiterError ? error.code : "internal");
    throw error;
  }
}
