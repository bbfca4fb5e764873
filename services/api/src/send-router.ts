import {
  createSendMessage,
  DumbwaiterError,
  type MessageId,
  refuseDuplicateKeys,
  sealEnvelope,
} from "@dumbwaiter/core";
import { failSpan, startRootSpan, traceparentOf } from "@dumbwaiter/service";
import { SpanKind } from "@opentelemetry/api";
import { Router } from "express";
import { authenticated } from "./authenticated.ts";
import type { ApiDependencies, ApiSettings } from "./dependencies.ts";
import { readJson } from "./json-body.ts";
import type { ApiMetrics } from "./metrics.ts";
import { serve } from "./serve.ts";

/** `POST /api/send`: answers once the message is durable. */
export function sendRouter(
  { ingress, limits, clock, tokens }: ApiDependencies,
  { maxEnvelopeBytes }: ApiSettings,
  metrics: ApiMetrics,
): Router {
  const router = Router();
  const sendMessage = createSendMessage({ ingress, limits, clock, maxEnvelopeBytes });
  const send = authenticated(tokens)(async (request, response, { principal }) => {
    const start = performance.now();
    const { value, text } = await readJson(request, maxEnvelopeBytes);
    const envelope = sealEnvelope(value);
    refuseDuplicateKeys(text, value);
    const id = await traced((traceparent) =>
      sendMessage(principal.user, envelope, {
        idempotencyKey: request.get("idempotency-key"),
        traceparent,
      }),
    );
    metrics.accepted.inc();
    metrics.sendSeconds.observe((performance.now() - start) / 1000);
    response.statusCode = 202;
    response.setHeader("Content-Type", "application/json");
    response.end(`{"id":"${id}"}`);
  });
  serve(router, "/api/send", { post: send });
  return router;
}

/** A trace of the message begins here, and holds nothing of its sender. */
async function traced(accept: (traceparent: string | undefined) => Promise<MessageId>): Promise<MessageId> {
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
