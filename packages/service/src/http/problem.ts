import type { ServerResponse } from "node:http";
import { type DumbwaiterError, ERROR_CODES, type ErrorCode } from "@dumbwaiter/core";
import { toClientError } from "../edge/client-error.ts";
import { STATUS_CODES } from "./node-http.ts";
import { refusalDelayMs } from "./problem-pace.ts";

/** The body of an answer that is an error: RFC 9457. */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly path?: string;
}

/** What the caller is told. */
export function toProblem(error: DumbwaiterError): Problem {
  const { code, message: detail, path } = toClientError(error);
  const { status } = ERROR_CODES[code];
  return {
    type: "about:blank",
    title: STATUS_CODES[status] as string,
    status,
    detail,
    code,
    ...(path === undefined ? {} : { path }),
  };
}

/** Answers at once, unless the connection has got many refusals: see {@link refusalDelayMs}. */
export function answerWithProblem(response: ServerResponse, error: DumbwaiterError): void {
  const problem = toProblem(error);
  const delayMs = problem.status < 500 ? refusalDelayMs(response.req.socket) : 0;
  if (delayMs > 0) setTimeout(() => write(response, problem), delayMs).unref();
  else write(response, problem);
}

function write(response: ServerResponse, problem: Problem): void {
  if (response.destroyed) return;
  response.statusCode = problem.status;
  response.setHeader("Content-Type", "application/problem+json");
  response.setHeader("Cache-Control", "no-store");
  response.end(JSON.stringify(problem));
}
