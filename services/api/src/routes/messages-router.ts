import {
  acknowledgeMessages,
  acknowledgementSchema,
  invalidRequest,
  LocalTokenBucket,
  MAX_PULL_BYTES,
  PULL_PART_BYTES,
  pullInParts,
  type StoredMessage,
} from "@dumbwaiter/core";
import { followAcks, PacedTurns, pause, RecentUsers } from "@dumbwaiter/service";
import { Router } from "express";
import type { ApiContext } from "../dependencies.ts";
import { answerPull } from "../http/answer-pull.ts";
import { ABANDONED_PULL_BYTES, holdBytes, PULL_BYTES_PER_SECOND, PULL_PACE } from "../http/hold-bytes.ts";
import { readAs } from "../http/json-body.ts";
import { serve } from "../http/method-routes.ts";
import { requireToken } from "../http/require-token.ts";
import { pullQuerySchema } from "../openapi/schemas.ts";

const PULL = { method: "GET", route: "/api/messages", status: 200 };
const ACK = { method: "POST", route: "/api/messages/ack", status: 204 };

/** `GET /api/messages` and `POST /api/messages/ack`: the queue of the calling device. */
export function messagesRouter(context: ApiContext): Router {
  const { budget, clock, limits, metrics, queues, settings, steps } = context;
  const paces = new RecentUsers(() => new LocalTokenBucket(PULL_PACE, clock));
  const turns = new PacedTurns(PULL_BYTES_PER_SECOND);
  const router = Router();
  const authenticated = requireToken(context);

  const pull = authenticated(async (request, response, { principal: { user }, device }) => {
    const since = performance.now();
    const query = pullQuerySchema.safeParse(request.query);
    if (!query.success) throw invalidRequest(query.error, "the query");
    if (request.method === "HEAD") {
      await limits.admitCall(user, "pull");
      response.setHeader("Content-Type", "application/json");
      response.end();
      return;
    }
    // A part as it is read, and as it is written.
    const bytes = 2 * Math.max(PULL_PART_BYTES, settings.maxEnvelopeBytes);
    const isGone = () => response.closed;
    const page = { limit: query.data.limit, maxBytes: MAX_PULL_BYTES, isGone };
    const parts = pullInParts(context, { user, device }, page, PULL_PART_BYTES);
    const beforePart = async (messages: readonly StoredMessage[], size: number) => {
      metrics.pulled.inc(messages.length);
      for (const { id } of messages) steps.took("pull", id, { since, http: PULL, log: { device } });
      const pace = paces.of(user);
      const delayMs = pace.waitMs;
      pace.take(size);
      await pause(response, delayMs);
      await turns.next(user, size, isGone);
    };
    await holdBytes(budget, user, { bytes, whenGone: ABANDONED_PULL_BYTES }, response, () =>
      answerPull(response, parts, beforePart),
    );
  });

  const ack = authenticated(async (request, response, { principal: { user }, device }) => {
    const { messageIds } = await readAs(request, acknowledgementSchema);
    const followed = { ...context, queues: followAcks(queues, steps, { device, http: ACK }) };
    const acked = await acknowledgeMessages(followed, { user, device }, messageIds);
    metrics.acked.inc(acked.length);
    response.status(204).end();
  });

  serve(router, PULL.route, { get: pull });
  serve(router, ACK.route, { post: ack });
  return router;
}
