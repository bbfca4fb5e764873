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

const made = new WeakSet<object>();

export function closing(code: ClosingCode): Closing {
  const event = { code, retryable: RETRYABLE[code], ...pauseAfter(code) };
  made.add(event);
  return event;
}

/** Whether it was made here; if not, it comes from the delivery bus. */
export function isOwnClosing(event: unknown): boolean {
  return made.has(event as object);
}

function pauseAfter(code: ClosingCode): Pick<Closing, "afterMs"> {
  // The drain itself spreads the clients: each may reconnect at once.
  if (code === "drain") return { afterMs: 0 };
  return code === "unavailable" ? { afterMs: Math.ceil(jittered(UNAVAILABLE_RETRY_MS)) } : {};
}
