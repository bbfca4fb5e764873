import type { ErrorCode } from "./error-codes.ts";
import { ERROR_CODES } from "./error-codes.ts";

/**
 * Every failure that a caller may see. `code` is stable, `message` is meant for people and holds nothing secret.
 * Each edge translates it once: HTTP status, socket acknowledgement, Pub/Sub ack or nack.
 */
export class DumbwaiterError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }

  /** Whether the very same call may succeed later. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** The posted envelope breaks the contract; `path` names the field, empty for the envelope as a whole. */
export class InvalidEnvelopeError extends DumbwaiterError {
  readonly path: string;

  constructor(path: string, message: string, options?: ErrorOptions) {
    super("invalid_envelope", message, options);
    this.path = path;
  }
}

/** Anything else that is wrong with a request; `path` names the parameter or field where there is one. */
export class InvalidRequestError extends DumbwaiterError {
  readonly path: string | undefined;

  constructor(
    code: "invalid_request" | "invalid_json" | "invalid_idempotency_key",
    message: string,
    path?: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.path = path;
  }
}

/** The caller is over a limit; nothing was accepted. */
export class RateLimitedError extends DumbwaiterError {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super("rate_limited", "Too many messages or bytes: wait before sending more");
    this.retryAfterMs = retryAfterMs;
  }
}

/** A dependency cannot be reached. The outcome of the call is unknown: retry it, with the same key if it had one. */
export class UnavailableError extends DumbwaiterError {
  readonly dependency: string;

  constructor(dependency: string, cause?: unknown) {
    super("unavailable", "The service cannot be reached right now: try again", { cause });
    this.dependency = dependency;
  }
}
