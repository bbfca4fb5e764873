import type { IncomingMessage } from "node:http";
import { createSendMessage, refuseDuplicateKeys, type SealedEnvelope, sealEnvelope } from "@dumbwaiter/core";
import { traceSend } from "@dumbwaiter/service";
import { Router } from "express";
import type { ApiContext } from "../dependencies.ts";
import { readJson } from "../http/json-body.ts";
import { serve } from "../http/method-routes.ts";
import { requireToken } from "../http/require-token.ts";

/** `POST /api/send`: responds once the message is durable. */
export function sendRouter(context: ApiContext): Router {
  const { ingress, limits, clock, metrics } = context;
  const { maxEnvelopeBytes } = context.settings;
  const router = Router();
  const sendMessage = createSendMessage({ ingress, limits, clock, maxEnvelopeBytes });
  const send = requireToken(context)(async (request, response, { principal }) => {
    const start = performance.now();
    const envelope = await readEnvelope(request, maxEnvelopeBytes);
    const id = await traceSend((traceparent) =>
      sendMessage(principal.user, envelope, {
        idempotencyKey: request.get("idempotency-key"),
        traceparent,
        onId: (messageId) => {
          response.locals.messageId = messageId;
        },
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

/** Of a send that waits for its message to be durable, only the bytes of the envelope stay in memory. */
async function readEnvelope(request: IncomingMessage, maxBytes: number): Promise<SealedEnvelope> {
  const { value, text } = await readJson(request, maxBytes);
  const envelope = sealEnvelope(value);
  refuseDuplicateKeys(text, value);
  return envelope;
}
