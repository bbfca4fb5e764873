/**
 * Every error code of the HTTP and the Socket.IO API. The codes are part of the contract: they never change
 * their meaning. `status` is the HTTP status; the documentation's table is made from this one.
 */
export const ERROR_CODES = {
  invalid_json: { status: 400, retryable: false, meaning: "The body is not JSON, or names a key twice" },
  invalid_envelope: {
    status: 400,
    retryable: false,
    meaning: "A field of the envelope is wrong; `path` names it",
  },
  invalid_request: {
    status: 400,
    retryable: false,
    meaning: "A parameter or field is wrong; `path` names it",
  },
  invalid_idempotency_key: {
    status: 400,
    retryable: false,
    meaning: "The key is no UUIDv7, or its time is over 24 h from ours",
  },
  unauthenticated: { status: 401, retryable: false, meaning: "The token is missing or not valid" },
  token_expired: { status: 401, retryable: false, meaning: "The token has expired: get a new one" },
  device_mismatch: { status: 403, retryable: false, meaning: "The token belongs to another user or device" },
  origin_refused: { status: 403, retryable: false, meaning: "A browser of an origin that is not allowed" },
  not_found: { status: 404, retryable: false, meaning: "No such path or device" },
  method_not_allowed: { status: 405, retryable: false, meaning: "`Allow` names the methods of this path" },
  too_many_devices: { status: 409, retryable: false, meaning: "Remove a device before registering another" },
  too_many_sockets: {
    status: 409,
    retryable: false,
    meaning: "Close a socket of this device before opening another",
  },
  too_large: { status: 413, retryable: false, meaning: "The body is over the limit" },
  unsupported_media_type: { status: 415, retryable: false, meaning: "The body must be application/json" },
  rate_limited: { status: 429, retryable: true, meaning: "Wait for `Retry-After` seconds" },
  internal: { status: 500, retryable: true, meaning: "A fault of ours; the log holds the reason" },
  unavailable: {
    status: 503,
    retryable: true,
    meaning: "A dependency cannot be reached and the outcome is unknown: retry with the same key",
  },
} as const satisfies Record<string, { status: number; retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;
