import type { IncomingMessage, ServerResponse } from "node:http";
import cors from "cors";
import { createOriginCheck, type OriginSettings, originRefused } from "../edge/origin-check.ts";

type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Sets the CORS headers for pages of allowed origins, and refuses pages of any other by throwing. */
export function allowOrigins(settings: OriginSettings): Middleware {
  const mayCall = createOriginCheck(settings);
  const setHeaders = cors({
    methods: ["GET", "POST", "PUT", "DELETE"],
    allowedHeaders: ["Access-Key", "Authorization", "Content-Type", "Idempotency-Key", "X-Device-Id"],
    exposedHeaders: ["Retry-After"],
    maxAge: 600,
    origin: true,
  });
  return (request, response, next) => {
    if (!mayCall(request)) throw originRefused();
    if (request.headers.origin === undefined) return next();
    setHeaders(request, response, next);
  };
}
