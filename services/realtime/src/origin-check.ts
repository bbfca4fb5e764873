import type { IncomingMessage } from "node:http";

/**
 * Whether the page that opens a connection may: those of the named origins and of our own may, and so may whatever
 * is no browser. The scheme is left out of our own: behind a proxy that ends TLS it is the proxy's.
 */
export function createOriginCheck(allowedOrigins: readonly string[]): (request: IncomingMessage) => boolean {
  const allowed = new Set(allowedOrigins);
  return ({ headers: { origin, host } }) =>
    origin === undefined ||
    allowed.has(origin) ||
    (URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase());
}
