import type { IncomingMessage } from "node:http";
import { DumbwaiterError } from "@dumbwaiter/core";
import { type TrustProxy, trustIn } from "./trust-proxy.ts";

export interface OriginSettings {
  /** Origins, such as `https://app.example.com`, whose pages may call, besides the service's own. */
  readonly allowedOrigins: readonly string[];
  /** The proxies whose `X-Forwarded-Host` names the service's own origin. */
  readonly trustProxy: TrustProxy;
}

type OriginCheck = (request: Pick<IncomingMessage, "headers" | "socket">) => boolean;

/**
 * Whether the page that sends a request may: pages of an allowed origin and of our own may, and so may a client
 * that is not a browser. The scheme of our own origin is ignored: behind a proxy that terminates TLS we do not know it.
 */
export function createOriginCheck({ allowedOrigins, trustProxy }: OriginSettings): OriginCheck {
  const allowed = new Set(allowedOrigins);
  const isTrusted = trustIn(trustProxy);

  function ownHost({ headers, socket }: Parameters<OriginCheck>[0]): string | undefined {
    const forwarded = String(headers["x-forwarded-host"] ?? "")
      .split(",", 1)[0]
      ?.trim();
    const host = forwarded && isTrusted(socket.remoteAddress ?? "", 0) ? forwarded : headers.host;
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

export function originRefused(): DumbwaiterError {
  return new DumbwaiterError("origin_refused", "This origin is not allowed");
}
