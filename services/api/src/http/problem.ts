import type { IncomingMessage, ServerResponse } from "node:http";
import {
  DumbwaiterError,
  ERROR_CODES,
  InvalidRequestError,
  type MessageId,
  UnavailableError,
} from "@dumbwaiter/core";
import {
  answerWithProblem,
  asDumbwaiterError,
  type Logger,
  logRefusal,
  toClientError,
  UNAVAILABLE_RETRY_MS,
} from "@dumbwaiter/service";
import type { RequestHandler } from "express";
import type { ApiMetrics } from "../metrics.ts";

export const noSuchPath: RequestHandler = () => {
  throw pathNotFound();
};

/** As Express makes it. */
export type Answer = ServerResponse & {
  locals: {
    messageId?: MessageId;
    /** The status of the error that the request has ended with. */
    failedWith?: number;
  };
};

/** The one place where errors become answers: problem+json, a metric and a log line. */
export function answerProblem(logger: Logger, metrics: ApiMetrics) {
  return (thrown: unknown, request: IncomingMessage, response: Answer, route: string | undefined): void => {
    const error = fromExpress(thrown);
    const { status } = ERROR_CODES[error.code];
    metrics.refused(error.code);
    response.locals.failedWith = status;
    const { messageId: id } = response.locals;
    logRefusal(logger, "request", error, { status, method: request.method, route, ...(id ? { id } : {}) });

    // The rest of a body is read and discarded: a client that is still sending would miss its answer.
    request.resume();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (status === 401) response.setHeader("WWW-Authenticate", challenge(request.headers.authorization));
    const retryAfter = retryAfterSeconds(error);
    if (retryAfter !== undefined) response.setHeader("Retry-After", String(retryAfter));
    answerWithProblem(response, error);
  };
}

/** RFC 6750: a request without a token is told only the scheme. */
function challenge(authorization: string | undefined): string {
  return authorization === undefined ? "Bearer" : 'Bearer error="invalid_token"';
}

function retryAfterSeconds(error: DumbwaiterError): number | undefined {
  const ms = error instanceof UnavailableError ? UNAVAILABLE_RETRY_MS : toClientError(error).retryAfterMs;
  return ms === undefined ? undefined : Math.max(1, Math.ceil(ms / 1000));
}

/** Express throws errors with a 4xx status for malformed requests. */
function fromExpress(thrown: unknown): DumbwaiterError {
  const status = (thrown as { status?: unknown } | null | undefined)?.status;
  if (thrown instanceof DumbwaiterError || typeof status !== "number") return asDumbwaiterError(thrown);
  if (status === 404) return pathNotFound();
  if (status >= 400 && status < 500) {
    return new InvalidRequestError("invalid_request", "The request is malformed");
  }
  return asDumbwaiterError(thrown);
}

function pathNotFound(): DumbwaiterError {
  return new DumbwaiterError("not_found", "The path does not exist");
}
