import type { IncomingMessage, RequestListener } from "node:http";
import { serveFairly } from "@dumbwaiter/core";
import { allowOrigins, MessageSteps } from "@dumbwaiter/service";
import express, { type ErrorRequestHandler } from "express";
import type { ApiContext, ApiDependencies, ApiSettings } from "./dependencies.ts";
import { docsRouter } from "./docs/docs-router.ts";
import { createCallBudgets } from "./http/hold-bytes.ts";
import { meterAnswers } from "./http/meter-answers.ts";
import { serve } from "./http/method-routes.ts";
import { type Answer, answerProblem, noSuchPath } from "./http/problem.ts";
import { securityHeaders, setSecurityHeaders } from "./http/security-headers.ts";
import { boundsOfNetworks, boundsOfUsers } from "./http/take-body.ts";
import { createApiMetrics } from "./metrics.ts";
import { accessKeyRouter } from "./routes/access-key-router.ts";
import { devicesRouter } from "./routes/devices-router.ts";
import { messagesRouter } from "./routes/messages-router.ts";
import { createSend, SEND_PATH } from "./routes/send.ts";

/** The HTTP API. Choosing adapters, listening and closing are up to the caller. */
export function createApi(given: ApiDependencies, settings: ApiSettings): RequestListener {
  const dependencies = { ...given, queues: serveFairly(given.queues) };
  const metrics = createApiMetrics(dependencies.registry);
  const { budget, anonymousBudget } = createCallBudgets(dependencies.registry);
  const context: ApiContext = {
    ...dependencies,
    settings,
    metrics,
    steps: new MessageSteps(dependencies.logger),
    budget,
    bodies: boundsOfUsers(budget),
    anonymousBodies: boundsOfNetworks(anonymousBudget),
  };
  const answer = answerProblem(dependencies.logger, metrics);
  const meter = meterAnswers(dependencies.registry);
  const send = createSend(context);
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(securityHeaders);
  app.use(allowOrigins(settings));
  serve(app, SEND_PATH, { post: send });
  app.use(messagesRouter(context));
  app.use(devicesRouter(context));
  app.use(accessKeyRouter(context));
  app.use(docsRouter(settings));
  app.use(noSuchPath);
  app.use(((error, request, response, _next) =>
    answer(error, request, response, request.route?.path)) satisfies ErrorRequestHandler);

  return (request, response) => {
    const sent: Answer = Object.assign(response, { locals: {} });
    if (!isPlainSend(request)) {
      meter(request, sent, () => (request as Partial<express.Request>).route?.path);
      return app(request, response);
    }
    meter(request, sent, () => SEND_PATH);
    send(request, sent).catch((error) => {
      if (!response.headersSent) setSecurityHeaders(response);
      answer(error, request, sent, SEND_PATH);
    });
  };
}

/** Nearly all requests. Express's way to them takes a tenth of their time; pages need the CORS headers on it. */
function isPlainSend({ method, url, headers }: IncomingMessage): boolean {
  return url === SEND_PATH && method === "POST" && headers.origin === undefined;
}
