import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { serveBytes, serveFile } from "@dumbwaiter/service";
import { Router } from "express";
import { asyncApiDocument } from "../asyncapi/async-api-document.ts";
import type { ApiSettings } from "../dependencies.ts";
import { serve } from "../http/method-routes.ts";
import { pageSecurityHeaders } from "../http/security-headers.ts";
import { openApiDocument } from "../openapi/open-api-document.ts";
import { DOCS_CSS } from "./docs-css.ts";
import { DOCS_SCRIPT } from "./docs-script.ts";
import { eventsPage } from "./events-page.ts";
import { htmlPage } from "./html.ts";

const ASSETS = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

const CALLS_PAGE = htmlPage(
  "/docs",
  "Dumbwaiter API",
  `<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>`,
  '<link rel="stylesheet" href="/docs/swagger-ui.css">\n',
);

/**
 * `GET /openapi.json` and `GET /asyncapi.json`, and `GET /docs` and `GET /docs/events`, which render them without
 * loading anything from other sites.
 */
export function docsRouter(settings: ApiSettings): Router {
  const router = Router();
  serve(router, "/openapi.json", {
    get: serveOnceMade(".json", () => JSON.stringify(openApiDocument(settings))),
  });
  serve(router, "/asyncapi.json", { get: serveOnceMade(".json", () => JSON.stringify(asyncApiDocument())) });
  servePage(router, "/docs", () => CALLS_PAGE);
  servePage(router, "/docs/events", () => eventsPage(asyncApiDocument()));
  serve(router, "/docs/docs.css", { get: serveBytes(".css", DOCS_CSS) });
  serve(router, "/docs/start.js", { get: serveBytes(".js", DOCS_SCRIPT) });
  for (const file of ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"]) {
    serve(router, `/docs/${file}`, { get: serveFile(join(ASSETS, file)) });
  }
  return router;
}

/** Made for the first request, so that no start waits for it. */
function serveOnceMade(extension: string, make: () => string): ReturnType<typeof serveBytes> {
  let serveMade: ReturnType<typeof serveBytes> | undefined;
  return (request: IncomingMessage, response: ServerResponse) => {
    serveMade ??= serveBytes(extension, make());
    return serveMade(request, response);
  };
}

function servePage(router: Router, path: string, makeHtml: () => string): void {
  const page = serveOnceMade(".html", makeHtml);
  serve(router, path, {
    get: (request, response, next) =>
      pageSecurityHeaders(request, response, (error) => (error ? next(error) : page(request, response))),
  });
}
