import type { IncomingMessage } from "node:http";
import { compile } from "proxy-addr";

/** As Express's `trust proxy`: all, none, how many proxies stand in front, or their networks, comma-separated. */
export type TrustProxy = boolean | number | string;

export interface OriginSettings {
  /** Origins whose browsers may connect, besides the service's own. */
  readonly allowedOrigins: readonly string[];
  /** Whose `X-Forwarded-Host` names the service's own origin. */
  readonly trustProxy: TrustProxy;
}

/**
 * Whether the page that opens a connection may: those of the named origins and of our own may, and so may whatever
 * is no browser. The scheme is left out of our own: behind a proxy that ends TLS it is the proxy's.
 */
export function createOriginCheck({
  allowedOrigins,
  trustProxy,
}: OriginSettings): (request: IncomingMessage) => boolean {
  const allowed = new Set(allowedOrigins);
  const isTrusted = trustIn(trustProxy);

  function ownHost({ headers, socket }: IncomingMessage): string | undefined {
    const forwarded = String(headers["x-forwarded-host"] ?? "")
      .split(",", 1)[0]
      ?.trim();
    const host = forwarded && isTrusted(socket.remoteAddress ?? "") ? forwarded : headers.host;
    return host?.toLowerCase();
  }

  return (request) => {
    const { origin } = request.headers;
    return (
      origin === undefined ||
      allowed.has(origin) ||
      (URL.canParse(origin) && new URL(origin).host === ownHost(request))
    );
  };
}

function trustIn(trustProxy: TrustProxy): (address: string) => boolean {
  if (typeof trustProxy !== "string") return () => Number(trustProxy) > 0;
  const trust = compile(trustProxy.split(","));
  return (address) => trust(address, 0);
}
