import express, { type Express } from "express";
import { allowOrigins } from "./allow-origins.ts";
import type { ApiDependencies, ApiSettings } from "./dependencies.ts";
import { devicesRouter } from "./devices-router.ts";
import { docsRouter } from "./docs-router.ts";
import { messagesRouter } from "./messages-router.ts";
import { createApiMetrics } from "./metrics.ts";
import { answerProblem, noSuchPath } from "./problem.ts";
import { securityHeaders } from "./security-headers.ts";
import { sendRouter } from "./send-router.ts";

/** The HTTP API as an Express app. It chooses no adapter, listens nowhere and closes nothing. */
export function createApi(dependencies: ApiDependencies, settings: ApiSettings): Express {
  const metrics = createApiMetrics(dependencies.registry);
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", settings.trustProxy);
  app.use(securityHeaders);
  app.use(allowOrigins(settings.allowedOrigins));
  app.use(sendRouter(dependencies, settings, metrics));
  app.use(messagesRouter(dependencies, metrics));
  app.use(devicesRouter(dependencies));
  app.use(docsRouter(settings));
  app.use(noSuchPath);
  app.use(answerProblem(dependencies.logger, metrics));
  return app;
}
