/**
 * What the client does about a code: `retry` after a pause, `renew` the token and retry, or `stop`: a call fails, and a
 * connection that was refused or closed with it is not opened again.
 */
export type Reaction = "retry" | "renew" | "stop";

/** The README has this table for people, and a test compares the two, and both with what the server may say. */
const REACTIONS = {
  // The server's errors: answers to calls, and refused handshakes.
  invalid_json: "stop",
  invalid_envelope: "stop",
  invalid_request: "stop",
  invalid_idempotency_key: "stop",
  unauthenticated: "renew",
  token_expired: "renew",
  access_key_refused: "stop",
  device_mismatch: "stop",
  origin_refused: "stop",
  not_found: "stop",
  method_not_allowed: "stop",
  too_many_devices: "stop",
  // This client's own lost connections count until the server has noticed that they are dead.
  too_many_sockets: "retry",
  too_large: "stop",
  unsupported_media_type: "stop",
  rate_limited: "retry",
  queue_full: "retry",
  internal: "retry",
  unavailable: "retry",
  // Why the server closes a connection, besides `token_expired` and `unavailable`.
  drain: "retry",
  slow_consumer: "retry",
  device_removed: "stop",
  expired: "stop",
  // What this package finds out itself.
  network: "retry",
  timeout: "retry",
  token_failed: "retry",
  store_failed: "stop",
  unexpected_response: "stop",
  aborted: "stop",
  closed: "stop",
} as const satisfies Record<string, Reaction>;

export type KnownCode = keyof typeof REACTIONS;

/** A stable code; a newer server may have others. */
export type Code = KnownCode | (string & {});

export const KNOWN_CODES = Object.keys(REACTIONS) as readonly KnownCode[];

/** @returns undefined for a code that this version does not know */
export function reactionTo(code: Code): Reaction | undefined {
  return Object.hasOwn(REACTIONS, code) ? REACTIONS[code as KnownCode] : undefined;
}

/** The code that an answer stands for which says only a status, as those of a proxy do. */
export function codeOfStatus(status: number): Code {
  if (status === 401) return "unauthenticated";
  if (status === 408) return "timeout";
  if (status === 413) return "too_large";
  if (status === 429) return "rate_limited";
  if (status === 500) return "internal";
  return status > 500 ? "unavailable" : "unexpected_response";
}
