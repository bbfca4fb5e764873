import { createOriginCheck, type OriginSettings, originRefused } from "@dumbwaiter/service";
import cors from "cors";
import type { RequestHandler } from "express";

/** Sets the CORS headers for pages of allowed origins, and refuses pages of any other. */
export function allowOrigins(settings: OriginSettings): RequestHandler {
  const mayCall = createOriginCheck(settings);
  const setHeaders = cors({
    methods: ["GET", "POST", "PUT", "DELETE"],
    allowedHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "X-Device-Id"],
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
