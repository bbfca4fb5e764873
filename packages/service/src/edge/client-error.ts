import {
  DumbwaiterError,
  type ErrorCode,
  InvalidEnvelopeError,
  InvalidRequestError,
  RateLimitedError,
} from "@dumbwaiter/core";

/** A dependency that became unavailable has often recovered after this time. */
export const UNAVAILABLE_RETRY_MS = 5_000;

/** A path may be a key that the client made up. */
const MAX_PATH_CHARS = 128;

/** What a client learns of an error, over HTTP and over sockets. */
export interface ClientError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** The field, parameter or header that is wrong; empty for the envelope as a whole. */
  readonly path?: string;
  /** When the same call would pass a rate limit. */
  readonly retryAfterMs?: number;
}

/** Anything else that is thrown is an internal error: that is all clients learn; the cause goes to the log. */
export function asDumbwaiterError(thrown: unknown): DumbwaiterError {
  if (thrown instanceof DumbwaiterError) return thrown;
  return new DumbwaiterError("internal", "Internal error", { cause: thrown });
}

export function toClientError(error: DumbwaiterError): ClientError {
  const { code, message, retryable } = error;
  const path = pathOf(error);
  return {
    code,
    message,
    retryable,
    ...(path === undefined ? {} : { path: path.slice(0, MAX_PATH_CHARS) }),
    ...(error instanceof RateLimitedError ? { retryAfterMs: error.retryAfterMs } : {}),
  };
}

function pathOf(error: DumbwaiterError): string | undefined {
  return error instanceof InvalidEnvelopeError || error instanceof InvalidRequestError
    ? error.path
    : undefined;
}
