import { jittered } from "@dumbwaiter/core";
import { UNAVAILABLE_RETRY_MS } from "@dumbwaiter/service";

/** Why the server closes a socket; the codes are part of the contract. */
export type ClosingCode = "drain" | "slow_consumer" | "token_expired" | "device_removed" | "unavailable";

/** What a client is told before its socket closes. */
export interface Closing {
  readonly code: ClosingCode;
  readonly retryable: boolean;
  /** How long the client does well to wait before it connects again, in milliseconds. */
  readonly afterMs?: number;
}

/** After a retryable one the transport ends, so that stock clients reconnect; after another they stay away. */
const RETRYABLE: Readonly<Record<ClosingCode, boolean>> = {
  drain: true,
  slow_consumer: true,
  unavailable: true,
  token_expired: false,
  device_removed: false,
};

export function closing(code: ClosingCode): Closing {
  const retryable = RETRYABLE[code];
  // The drain itself spreads its clients: each may connect at once, elsewhere.
  if (code === "drain") return { code, retryable, afterMs: 0 };
  if (code !== "unavailable") return { code, retryable };
  return { code, retryable, afterMs: Math.ceil(jittered(UNAVAILABLE_RETRY_MS)) };
}
