import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";

/** Cuts off slow clients and lets proxies keep their connections. */
const OPTIONS: ServerOptions = {
  headersTimeout: 10_000,
  /** For the whole request, so that no client holds a connection by trickling a body. */
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  /**
   * Longer than the 600 s for which Google's load balancers keep an idle connection: were it shorter, we might close
   * one just as the balancer sends a request on it.
   * https://cloud.google.com/load-balancing/docs/https#timeouts_and_retries
   */
  keepAliveTimeout: 620_000,
};

export function createApiServer(listener: RequestListener): Server {
  return createServer(OPTIONS, listener);
}
