import {
  acknowledgementSchema,
  deviceWithId,
  invalidRequest,
  MAX_PULL_BYTES,
  pageJson,
} from "@dumbwaiter/core";
import { Router } from "express";
import type { ApiDependencies } from "../dependencies.ts";
import { authenticated } from "../http/authenticated.ts";
import { readAs } from "../http/json-body.ts";
import { serve } from "../http/serve.ts";
import type { ApiMetrics } from "../metrics.ts";
import { pullQuerySchema } from "../openapi/schemas.ts";

/** `GET /api/messages` and `POST /api/messages/ack`: the queue of the device that calls. */
export function messagesRouter(
  { devices, queues, pushThrottle, tokens }: ApiDependencies,
  metrics: ApiMetrics,
): Router {
  const router = Router();
  const authentic = authenticated(tokens);

  const pull = authentic(async (request, response, { principal: { user }, device }) => {
    const query = pullQuerySchema.safeParse(request.query);
    if (!query.success) throw invalidRequest(query.error, "the query");
    const { queue } = await devices.register({ user, device });
    const [{ messages, hasMore }] = await Promise.all([
      queues.page({ user, queue }, { limit: query.data.limit, maxBytes: MAX_PULL_BYTES }),
      pushThrottle.lift({ user, device }),
    ]);
    metrics.pulled.inc(messages.length);
    response.setHeader("Content-Type", "application/json");
    response.end(pageJson(messages, hasMore));
  });

  const ack = authentic(async (request, response, { principal: { user }, device }) => {
    const { messageIds } = await readAs(request, acknowledgementSchema);
    const ids = [...new Set(messageIds)];
    const registered = ids.length > 0 && deviceWithId((await devices.lookup([user])).get(user), device);
    if (registered) {
      await queues.delete({ user, queue: registered.queue }, ids);
      metrics.acked.inc(ids.length);
    }
    response.status(204).end();
  });

  serve(router, "/api/messages", { get: pull });
  serve(router, "/api/messages/ack", { post: ack });
  return router;
}
