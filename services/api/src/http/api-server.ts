import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { Server as NetServer } from "node:net";

/** For whoever listens with the api: clients that dawdle are cut off, proxies may keep their connections. */
export const apiServerOptions: ServerOptions = {
  headersTimeout: 10_000,
  /** The whole request, so that nobody holds a connection by trickling a body. */
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  /**
   * Longer than the 600 s for which Google's load balancers keep an idle connection: were it shorter, we might close
   * one just as the balancer sends a request on it.
   * https://cloud.google.com/load-balancing/docs/https#timeouts_and_retries
   */
  keepAliveTimeout: 620_000,
};

const IDLE_GRACE_MS = 1_000;

export function createApiServer(listener: RequestListener): Server {
  return createServer(apiServerOptions, listener);
}

/**
 * Accepts no more connections, answers what still comes over those that stand, and resolves once all are closed. A
 * client that is busy learns from its next answer to go elsewhere, and meets no connection that is suddenly gone.
 */
export async function drainApiServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.prependListener("request", (_request, response) => response.setHeader("Connection", "close"));
  // HTTP's own `close` would also cut what is idle at this moment, with a request perhaps on its way to us.
  NetServer.prototype.close.call(server);
  // A connection that has not brought a request yet does not count as idle.
  server.headersTimeout = IDLE_GRACE_MS;
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_GRACE_MS);
  await closed;
  clearInterval(sweep);
}
