import {
  DumbwaiterError,
  type ErrorCode,
  InvalidEnvelopeError,
  InvalidRequestError,
  RateLimitedError,
} from "@dumbwaiter/core";

/** A path may be a key that the client made up. */
const MAX_PATH_CHARS = 128;

/** An error as clients see it. */
export interface ErrorJson {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** The field that is wrong. */
  readonly path?: string;
  readonly retryAfterMs?: number;
}

/** Whatever else is thrown is our fault. */
export function asDumbwaiterError(thrown: unknown): DumbwaiterError {
  if (thrown instanceof DumbwaiterError) return thrown;
  return new DumbwaiterError("internal", "Something went wrong on our side", { cause: thrown });
}

export function errorJson(error: DumbwaiterError): ErrorJson {
  const { code, message, retryable } = error;
  const path =
    error instanceof InvalidEnvelopeError || error instanceof InvalidRequestError ? error.path : undefined;
  return {
    code,
    message,
    retryable,
    ...(path ? { path: path.slice(0, MAX_PATH_CHARS) } : {}),
    ...(error instanceof RateLimitedError ? { retryAfterMs: error.retryAfterMs } : {}),
  };
}
