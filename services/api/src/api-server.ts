import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";

/** For whoever listens with the api: clients that dawdle are cut off, proxies may keep their connections. */
export const apiServerOptions: ServerOptions = {
  headersTimeout: 10_000,
  /** The whole request, so that nobody holds a connection by trickling a body. */
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  /**
   * Longer than the 600 s for which Google's load balancers keep an idle connection: were it shorter, we might close
   * one just as the balancer sends a request on it.
   * https://cloud.google.com/load-balancing/docs/https#timeouts_and_retries
   */
  keepAliveTimeout: 620_000,
};

const IDLE_SWEEP_MS = 50;

export function createApiServer(listener: RequestListener): Server {
  return createServer(apiServerOptions, listener);
}

/** Accepts no more connections, and resolves once what is under way is answered and all connections are closed. */
export async function drainApiServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  // Node closes what is idle now, but not what becomes idle with the answer that was under way.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  await closed;
  clearInterval(sweep);
}
