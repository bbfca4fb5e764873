import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { serveBytes, serveFile } from "@dumbwaiter/service";
import { Router } from "express";
import type { ApiSettings } from "../dependencies.ts";
import { serve } from "../http/method-routes.ts";
import { pageSecurityHeaders } from "../http/security-headers.ts";
import { openApiDocument } from "../openapi/open-api-document.ts";

const ASSETS = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dumbwaiter API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
`;

/** A separate file, because the policy allows no inline script. */
const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", validatorUrl: null });\n`;

/** `GET /openapi.json`, and `GET /docs`, which renders it without loading anything from other sites. */
export function docsRouter(settings: ApiSettings): Router {
  const router = Router();
  const page = serveBytes(".html", PAGE);
  serve(router, "/openapi.json", { get: serveBytes(".json", JSON.stringify(openApiDocument(settings))) });
  serve(router, "/docs", {
    get: (request, response, next) =>
      pageSecurityHeaders(request, response, (error) => (error ? next(error) : page(request, response))),
  });
  serve(router, "/docs/start.js", { get: serveBytes(".js", START) });
  for (const file of ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"]) {
    serve(router, `/docs/${file}`, { get: serveFile(join(ASSETS, file)) });
  }
  return router;
}
