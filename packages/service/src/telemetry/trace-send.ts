import { DumbwaiterError, type MessageId } from "@dumbwaiter/core";
import { SpanKind } from "@opentelemetry/api";
import { failSpan, startRootSpan, traceparentOf } from "./span.ts";

/**
 * Accepts a message within the span that begins its trace, which holds nothing of its sender.
 *
 * @param accept gets the `traceparent` to hand on, undefined when tracing is off
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
