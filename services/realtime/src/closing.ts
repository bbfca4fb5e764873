/** Why the server closes a socket; the codes are part of the contract. */
export type ClosingCode = "drain" | "slow_consumer" | "token_expired" | "device_removed" | "unavailable";

/** What a client is told before its socket closes. */
export interface Closing {
  readonly code: ClosingCode;
  readonly retryable: boolean;
}

/** After a retryable one the transport ends, so that stock clients reconnect; after another they stay away. */
export const CLOSINGS: Readonly<Record<ClosingCode, Closing>> = {
  drain: { code: "drain", retryable: true },
  slow_consumer: { code: "slow_consumer", retryable: true },
  unavailable: { code: "unavailable", retryable: true },
  token_expired: { code: "token_expired", retryable: false },
  device_removed: { code: "device_removed", retryable: false },
};
