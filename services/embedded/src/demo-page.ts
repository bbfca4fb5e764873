import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { serveFile } from "@dumbwaiter/service";
import { Router } from "express";
import helmet from "helmet";

const require = createRequire(import.meta.url);

const FOLDER = join(import.meta.dirname, "../demo-page");

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
  router.get("/", headers, serveFile(join(FOLDER, "index.html")));
  for (const file of ["demo.css", "demo.js", "seal.js"]) {
    router.get(`/${file}`, headers, serveFile(join(FOLDER, file)));
  }
  router.get("/socket.io.esm.min.js", headers, serveFile(join(clientFolder, "socket.io.esm.min.js")));
  return router;
}
