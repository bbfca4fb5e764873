import type { AcceptedMessage } from "@dumbwaiter/core";
import { continueSpan, failSpan, traceparentOf } from "@dumbwaiter/service";
import { type Span, SpanKind } from "@opentelemetry/api";

/** The processor's spans in the traces of a batch's messages; none for messages without a trace. */
export interface MessageSpans {
  /** To pass on with the message. */
  traceparent(message: AcceptedMessage): string | undefined;
  end(): void;
  /** Marks all of them as failed, and ends them. */
  fail(): void;
}

export function startMessageSpans(messages: readonly AcceptedMessage[]): MessageSpans {
  const spans = new Map<AcceptedMessage, Span>();
  for (const message of messages) {
    const { id, traceparent } = message;
    if (traceparent === undefined) continue;
    const attributes = { "messaging.message.id": id };
    spans.set(message, continueSpan("process", traceparent, { kind: SpanKind.CONSUMER, attributes }));
  }

  return {
    traceparent(message) {
      const span = spans.get(message);
      return span && traceparentOf(span);
    },
    end() {
      for (const span of spans.values()) span.end();
    },
    fail() {
      for (const span of spans.values()) failSpan(span, "internal");
    },
  };
}
