import { STATUS_CODES } from "node:http";
import {
  DumbwaiterError,
  ERROR_CODES,
  InvalidEnvelopeError,
  InvalidRequestError,
  RateLimitedError,
  UnavailableError,
} from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import type { ErrorRequestHandler, RequestHandler } from "express";
import type { ApiMetrics } from "../metrics.ts";
import type { Problem } from "../openapi/schemas.ts";

/** A dependency that went away is often back within this time. */
const UNAVAILABLE_RETRY_AFTER_SECONDS = 5;

/** A path may be a key that the caller made up. */
const MAX_PATH_CHARS = 128;

export const noSuchPath: RequestHandler = () => {
  throw new DumbwaiterError("not_found", "No such path");
};

/** The one place where failures become answers: problem+json, a metric and a line in the log. */
export function answerProblem(logger: Logger, metrics: ApiMetrics): ErrorRequestHandler {
  return (thrown, request, response, _next) => {
    const error = asDumbwaiterError(thrown);
    const problem = toProblem(error);
    const { code, status } = problem;
    metrics.refused(code);
    // Only what failed on our side is logged with its reason: that of a bad request may quote the payload.
    const { messageId: id } = response.locals;
    const line = { code, status, method: request.method, route: request.route?.path, ...(id ? { id } : {}) };
    if (code === "internal") logger.error({ ...line, err: error.cause }, "a call failed");
    else if (error instanceof UnavailableError)
      logger.warn({ ...line, ...outage(error) }, "a dependency is away");
    else logger.info(line, "a call was refused");

    // The rest of a body is read and thrown away, for a client that is still sending would miss its answer.
    request.resume();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (status === 401) response.setHeader("WWW-Authenticate", challenge(request.headers.authorization));
    const retryAfter = retryAfterSeconds(error);
    if (retryAfter !== undefined) response.setHeader("Retry-After", String(retryAfter));
    response.statusCode = status;
    response.setHeader("Content-Type", "application/problem+json");
    response.end(JSON.stringify(problem));
  };
}

/** No stack: there may be thousands of these a second. */
function outage({ dependency, cause }: UnavailableError) {
  return { dependency, reason: cause instanceof Error ? cause.message : undefined };
}

/** What the caller is told. */
export function toProblem(error: DumbwaiterError): Problem {
  const { status } = ERROR_CODES[error.code];
  const path = pathAtFault(error);
  return {
    type: "about:blank",
    title: STATUS_CODES[status] as string,
    status,
    detail: error.message,
    code: error.code,
    ...(path === undefined ? {} : { path: path.slice(0, MAX_PATH_CHARS) }),
  };
}

function pathAtFault(error: DumbwaiterError): string | undefined {
  return error instanceof InvalidEnvelopeError || error instanceof InvalidRequestError
    ? error.path
    : undefined;
}

/** RFC 6750: a request that brought no token is told no more than the scheme. */
function challenge(authorization: string | undefined): string {
  return authorization === undefined ? "Bearer" : 'Bearer error="invalid_token"';
}

function retryAfterSeconds(error: DumbwaiterError): number | undefined {
  if (error instanceof RateLimitedError) return Math.max(1, Math.ceil(error.retryAfterMs / 1000));
  return error instanceof UnavailableError ? UNAVAILABLE_RETRY_AFTER_SECONDS : undefined;
}

/** Express and its parts throw errors with a status for what is malformed; whatever else is thrown is our fault. */
function asDumbwaiterError(thrown: unknown): DumbwaiterError {
  if (thrown instanceof DumbwaiterError) return thrown;
  const status = (thrown as { status?: unknown } | null | undefined)?.status;
  if (status === 404) return new DumbwaiterError("not_found", "No such path");
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new InvalidRequestError("invalid_request", "The request is malformed");
  }
  return new DumbwaiterError("internal", "Something went wrong on our side", { cause: thrown });
}
