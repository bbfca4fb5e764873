import type { RequestHandler } from "express";
import helmet from "helmet";

/** For answers that no browser should render, frame or keep. */
export function securityHeaders(): RequestHandler {
  const helmetHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  });
  return (request, response, next) => {
    response.setHeader("Cache-Control", "no-store");
    helmetHeaders(request, response, next);
  };
}
