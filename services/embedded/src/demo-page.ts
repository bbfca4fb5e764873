import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import express, { Router } from "express";
import helmet from "helmet";

const require = createRequire(import.meta.url);

const PAGE = ["/", "/demo.css", "/demo.js", "/seal.js"];

/** The demo page: two users who seal, send, receive and acknowledge messages in the browser. */
export function createDemoPage(): Router {
  const clientFolder = join(dirname(require.resolve("socket.io-client/package.json")), "dist");
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'self'"], imgSrc: ["data:"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: false,
  });
  const router = Router();
  router.get(PAGE, headers, express.static(join(import.meta.dirname, "../demo-page")));
  router.get("/socket.io.esm.min.js", headers, express.static(clientFolder));
  return router;
}
