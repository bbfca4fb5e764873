import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { serveBytes, serveFile } from "@dumbwaiter/service";
import { Router } from "express";
import helmet from "helmet";
import { browserModules } from "./browser-modules.ts";
import { pageWithImports } from "./page-with-imports.ts";
import { type CounterSources, readCounters } from "./read-counters.ts";

const require = createRequire(import.meta.url);

const FOLDER = join(import.meta.dirname, "../../demo-page");
const SOCKET_IO = join(
  dirname(require.resolve("socket.io-client/package.json")),
  "dist/socket.io.esm.min.js",
);
const SDK = dirname(require.resolve("@dumbwaiter/client"));

/** Where the page's imports lead. */
const IMPORTS = {
  "@dumbwaiter/client": "/client/index.ts",
  "socket.io-client": "/socket.io.esm.min.js",
};

/**
 * The demo page: Alice and Bob with two devices each, which seal, send, receive and acknowledge messages in the browser.
 * It loads nothing from elsewhere, and no file but those that are listed here.
 */
export function createDemoPage(sources: CounterSources): Router {
  const importMap = JSON.stringify({ imports: IMPORTS });
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'", `'sha256-${createHash("sha256").update(importMap).digest("base64")}'`],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false,
  });
  const router = Router();
  router.get("/", headers, serveBytes(".html", pageWithImports(join(FOLDER, "index.html"), importMap)));
  for (const path of globSync("**/*.css", { cwd: FOLDER })) {
    router.get(`/demo-page/${path}`, headers, serveFile(join(FOLDER, path)));
  }
  for (const [path, serve] of browserModules(FOLDER)) router.get(`/demo-page/${path}`, headers, serve);
  for (const [path, serve] of browserModules(SDK)) router.get(`/client/${path}`, headers, serve);
  router.get("/socket.io.esm.min.js", headers, serveFile(SOCKET_IO));
  router.get("/demo-page/counters", headers, readCounters(sources));
  return router;
}
