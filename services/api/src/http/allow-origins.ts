import { DumbwaiterError } from "@dumbwaiter/core";
import cors from "cors";
import type { Request, RequestHandler } from "express";

/** Lets the pages of the named origins and of our own call, and refuses those of any other. */
export function allowOrigins(allowedOrigins: readonly string[]): RequestHandler {
  const allowed = new Set(allowedOrigins);
  const answer = cors({
    methods: ["GET", "POST", "PUT", "DELETE"],
    allowedHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "X-Device-Id"],
    exposedHeaders: ["Retry-After"],
    maxAge: 600,
    origin: true,
  });
  return (request, response, next) => {
    const { origin } = request.headers;
    if (origin === undefined) return next();
    if (!allowed.has(origin) && !isOurs(origin, request)) {
      throw new DumbwaiterError("origin_refused", "Pages of this origin may not call");
    }
    answer(request, response, next);
  };
}

/** The scheme is left out: behind a proxy that ends TLS it is the proxy's. */
function isOurs(origin: string, request: Request): boolean {
  return URL.canParse(origin) && new URL(origin).host === request.host;
}
