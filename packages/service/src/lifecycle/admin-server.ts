import type { IncomingMessage, ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import { createHttpServer } from "../http/create-http-server.ts";
import { closeNow, listen } from "../http/http-server.ts";
import type { Health } from "./health.ts";

interface AdminServerOptions {
  /** 0 picks a free port. */
  readonly port: number;
  /** All addresses when not given. */
  readonly host?: string | undefined;
  /** The names in `Host` under which it may be called; all names when not given. */
  readonly allowedHosts?: readonly string[] | undefined;
  readonly registry: Registry;
  readonly health: Health;
}

export interface AdminServer {
  /** The port it listens on. */
  readonly port: number;
  /** Closes open connections too. */
  close(): Promise<void>;
}

/**
 * Serves `/healthz` (200 unless something is stuck), `/readyz` (200 or 503) and `/metrics` to the platform. Rejects when
 * the port cannot be opened.
 */
export async function startAdminServer({
  port,
  host,
  allowedHosts,
  registry,
  health,
}: AdminServerOptions): Promise<AdminServer> {
  const metrics = sharedMetrics(registry);
  const server = createHttpServer(
    (request, response) => {
      answer(request, response, metrics, health).catch(() => response.destroy());
    },
    { registry, allowedHosts },
  );
  return {
    port: await listen(server, { port, host }),
    close: () => closeNow(server),
  };
}

interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Requests that come while a text is made share it: each takes a millisecond or two. */
function sharedMetrics(registry: Registry): Metrics {
  let making: Promise<string> | undefined;
  return {
    contentType: registry.contentType,
    text() {
      making ??= registry.metrics().finally(() => {
        making = undefined;
      });
      return making;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, metrics: Metrics, health: Health) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    send(response, 405, "method not allowed");
    return;
  }
  switch (request.url?.split("?")[0]) {
    case "/healthz": {
      const stuck = health.stuck();
      return send(response, stuck === undefined ? 200 : 503, stuck ?? "ok");
    }
    case "/readyz":
      return send(response, health.ready ? 200 : 503, health.state);
    case "/metrics":
      return send(response, 200, await metrics.text(), metrics.contentType);
    default:
      return send(response, 404, "not found");
  }
}

function send(response: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8") {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(text.endsWith("\n") ? text : `${text}\n`);
}
