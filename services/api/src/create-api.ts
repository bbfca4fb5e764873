import { LocalTokenBucket, serveFairly } from "@dumbwaiter/core";
import { allowOrigins, RecentUsers } from "@dumbwaiter/service";
import express, { type Express } from "express";
import type { ApiContext, ApiDependencies, ApiSettings } from "./dependencies.ts";
import { docsRouter } from "./docs/docs-router.ts";
import { BODY_PACE, createCallBudget } from "./http/hold-bytes.ts";
import { answerProblem, noSuchPath } from "./http/problem.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { createApiMetrics } from "./metrics.ts";
import { devicesRouter } from "./routes/devices-router.ts";
import { messagesRouter } from "./routes/messages-router.ts";
import { sendRouter } from "./routes/send-router.ts";

/** The HTTP API as an Express app. Choosing adapters, listening and closing are up to the caller. */
export function createApi(given: ApiDependencies, settings: ApiSettings): Express {
  const dependencies = { ...given, queues: serveFairly(given.queues) };
  const metrics = createApiMetrics(dependencies.registry);
  const context: ApiContext = {
    ...dependencies,
    settings,
    metrics,
    budget: createCallBudget(dependencies.registry),
    bodyPaces: new RecentUsers(() => new LocalTokenBucket(BODY_PACE, dependencies.clock)),
  };
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(securityHeaders);
  app.use(allowOrigins(settings));
  app.use(sendRouter(context));
  app.use(messagesRouter(context));
  app.use(devicesRouter(context));
  app.use(docsRouter(settings));
  app.use(noSuchPath);
  app.use(answerProblem(dependencies.logger, metrics));
  return app;
}
