import {
  acknowledgeMessages,
  acknowledgementSchema,
  invalidRequest,
  MAX_PULL_BYTES,
  pageJson,
  pullMessages,
} from "@dumbwaiter/core";
import { Router } from "express";
import type { ApiDependencies } from "../dependencies.ts";
import { readAs } from "../http/json-body.ts";
import { serve } from "../http/method-routes.ts";
import { requireToken } from "../http/require-token.ts";
import type { ApiMetrics } from "../metrics.ts";
import { pullQuerySchema } from "../openapi/schemas.ts";

/** `GET /api/messages` and `POST /api/messages/ack`: the queue of the calling device. */
export function messagesRouter(dependencies: ApiDependencies, metrics: ApiMetrics): Router {
  const router = Router();
  const authenticated = requireToken(dependencies.tokens);

  const pull = authenticated(async (request, response, { principal: { user }, device }) => {
    const query = pullQuerySchema.safeParse(request.query);
    if (!query.success) throw invalidRequest(query.error, "the query");
    const { messages, hasMore } = await pullMessages(
      dependencies,
      { user, device },
      { limit: query.data.limit, maxBytes: MAX_PULL_BYTES },
    );
    metrics.pulled.inc(messages.length);
    response.setHeader("Content-Type", "application/json");
    response.end(pageJson(messages, hasMore));
  });

  const ack = authenticated(async (request, response, { principal: { user }, device }) => {
    const { messageIds } = await readAs(request, acknowledgementSchema);
    const acked = await acknowledgeMessages(dependencies, { user, device }, messageIds);
    metrics.acked.inc(acked.length);
    response.status(204).end();
  });

  serve(router, "/api/messages", { get: pull });
  serve(router, "/api/messages/ack", { post: ack });
  return router;
}
