import type { z } from "zod";

/**
 * Every error code of the HTTP and the Socket.IO API. The codes are part of the contract: they never change
 * their meaning. `status` is the HTTP status, `action` what a client does. The table in the documentation is made from
 * this one.
 */
export const ERROR_CODES = {
  invalid_json: {
    status: 400,
    retryable: false,
    meaning: "The body is not valid JSON, or contains a duplicate key",
    action: "Give up: correct the request",
  },
  invalid_envelope: {
    status: 400,
    retryable: false,
    meaning: "A field of the envelope is invalid; `path` names it",
    action: "Give up: correct the envelope",
  },
  invalid_request: {
    status: 400,
    retryable: false,
    meaning: "A parameter or field is invalid; `path` names it",
    action: "Give up: correct the request",
  },
  invalid_idempotency_key: {
    status: 400,
    retryable: false,
    meaning:
      "The key is not a valid UUIDv7, or its time is more than 24 h from the server time. The same key with another body is no error: it is another message",
    action: "Give up on this key; send with a new one, made by a clock that is right",
  },
  unauthenticated: {
    status: 401,
    retryable: false,
    meaning: "The token is missing or invalid",
    action: "Get a new token and retry once, then give up",
  },
  token_expired: {
    status: 401,
    retryable: false,
    meaning: "The token has expired",
    action: "Get a new token, then retry",
  },
  access_key_refused: {
    status: 401,
    retryable: false,
    meaning: "The recipient does not exist, has no access key, or has another one",
    action: "Give up: ask the recipient for their access key",
  },
  device_mismatch: {
    status: 403,
    retryable: false,
    meaning: "The token belongs to another user or device",
    action: "Give up: use a token of this user and device",
  },
  origin_refused: {
    status: 403,
    retryable: false,
    meaning: "The origin of the page, or the name in `Host`, is not allowed",
    action: "Give up: ask the operator to allow the origin",
  },
  not_found: {
    status: 404,
    retryable: false,
    meaning: "The path or device does not exist, or no access key is set",
    action: "Give up; a device that was to be removed is gone",
  },
  method_not_allowed: {
    status: 405,
    retryable: false,
    meaning: "The path does not support the method; `Allow` lists those it supports",
    action: "Give up: correct the request",
  },
  too_many_devices: {
    status: 409,
    retryable: false,
    meaning: "The user has the maximum number of devices",
    action: "Give up: let the user remove a device",
  },
  too_many_sockets: {
    status: 409,
    retryable: false,
    meaning: "The device has the maximum number of open sockets on this node",
    action: "Close another socket of the device, then reconnect",
  },
  too_large: {
    status: 413,
    retryable: false,
    meaning: "The body exceeds the size limit",
    action: "Give up: send less at once",
  },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    meaning: "The body must be application/json",
    action: "Give up: correct `Content-Type`",
  },
  rate_limited: {
    status: 429,
    retryable: true,
    meaning: "Too many calls, messages or bytes",
    action: "Wait for `Retry-After` or `retryAfterMs`, then retry",
  },
  queue_full: {
    status: 429,
    retryable: true,
    meaning: "Too many messages are queued for the recipient",
    action: "Wait for `Retry-After` or `retryAfterMs`, then retry: the recipient has to acknowledge first",
  },
  internal: {
    status: 500,
    retryable: true,
    meaning: "Internal server error; see the server log",
    action: "Wait, longer each time, then retry",
  },
  unavailable: {
    status: 503,
    retryable: true,
    meaning: "A dependency is unavailable and the outcome is unknown",
    action: "Wait for `Retry-After`, or longer each time, then retry with the same key",
  },
} as const satisfies Record<string, { status: number; retryable: boolean; meaning: string; action: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Thrown by the thousand, when there is least time: nobody needs to know where. */
const WITHOUT_STACK: ReadonlySet<ErrorCode> = new Set(["rate_limited", "queue_full", "access_key_refused"]);

/**
 * Every failure that a caller may see. `code` is stable; `message` is for people and contains no secret. Each edge
 * translates it once: HTTP status, socket acknowledgement, Pub/Sub ack or nack.
 */
export class DumbwaiterError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    if (WITHOUT_STACK.has(code)) Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = new.target.name;
    this.code = code;
  }

  /** Whether the same call may succeed later. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** The envelope is not valid; `path` names the field, and is empty for the envelope as a whole. */
export class InvalidEnvelopeError extends DumbwaiterError {
  readonly path: string;

  constructor(path: string, message: string, options?: ErrorOptions) {
    super("invalid_envelope", message, options);
    this.path = path;
  }
}

/** Something else in a request is not valid; `path` names the parameter or field, if any. */
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

const OVER_LIMIT = {
  rate_limited: "Too many calls, messages or bytes; retry later",
  queue_full: "Too many messages are queued for the recipient; retry later",
} as const;

/** The caller is over a limit, or the recipient of its message is; nothing was accepted. */
export class RateLimitedError extends DumbwaiterError {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, code: keyof typeof OVER_LIMIT = "rate_limited") {
    super(code, OVER_LIMIT[code]);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A dependency is unavailable. The outcome of the call is unknown: retry it, with the same key if it had one. */
export class UnavailableError extends DumbwaiterError {
  readonly dependency: string;

  constructor(dependency: string, cause?: unknown) {
    super("unavailable", "Service temporarily unavailable; try again", { cause });
    this.dependency = dependency;
  }
}

/**
 * The first issue that a schema found, as an error.
 *
 * @param whole what to call the value when the issue concerns no single field, such as `the body`
 */
export function invalidRequest({ issues }: z.ZodError, whole: string): InvalidRequestError {
  const issue = issues[0];
  if (issue?.code === "unrecognized_keys") {
    const path = [...issue.path, issue.keys[0]].join(".");
    return new InvalidRequestError("invalid_request", "Unknown field", path);
  }
  const path = issue?.path.join(".") || undefined;
  return new InvalidRequestError("invalid_request", `${path ?? whole}: ${issue?.message}`, path);
}
