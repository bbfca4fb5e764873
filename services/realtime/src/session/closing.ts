import { DEVICE_REMOVED, jittered } from "@dumbwaiter/core";
import { UNAVAILABLE_RETRY_MS } from "@dumbwaiter/service";

/** Why the server closes a socket; the codes are part of the contract. */
export type ClosingCode = "drain" | "slow_consumer" | "token_expired" | "device_removed" | "unavailable";

/** The event that a client gets before its socket closes. */
export interface Closing {
  readonly code: ClosingCode;
  readonly retryable: boolean;
  /** How long the client should wait before it reconnects, in milliseconds. */
  readonly afterMs?: number;
}

/** After a retryable code the transport closes, so that stock clients reconnect; after any other they do not. */
const RETRYABLE: Readonly<Record<ClosingCode, boolean>> = {
  drain: true,
  slow_consumer: true,
  unavailable: true,
  token_expired: false,
  device_removed: DEVICE_REMOVED.retryable,
};

export function closing(code: ClosingCode): Closing {
  const retryable = RETRYABLE[code];
  // The drain itself spreads the clients: each may reconnect at once.
  if (code === "drain") return { code, retryable, afterMs: 0 };
  if (code !== "unavailable") return { code, retryable };
  return { code, retryable, afterMs: Math.ceil(jittered(UNAVAILABLE_RETRY_MS)) };
}
