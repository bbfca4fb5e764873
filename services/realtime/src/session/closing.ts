import { CLOSING_CODES, type ClosingCode, jittered } from "@dumbwaiter/core";
import { type Closing, UNAVAILABLE_RETRY_MS } from "@dumbwaiter/service";

const made = new WeakSet<object>();

/** After a retryable code the transport closes, so that stock clients reconnect; after any other they do not. */
export function closing(code: ClosingCode): Closing {
  const event = { code, retryable: CLOSING_CODES[code].retryable, ...pauseAfter(code) };
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
