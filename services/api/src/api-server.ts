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

export function createApiServer(listener: RequestListener): Server {
  return createServer(apiServerOptions, listener);
}
