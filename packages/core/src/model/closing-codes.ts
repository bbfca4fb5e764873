interface ClosingMeaning {
  /** After a retryable code stock clients reconnect by themselves. */
  readonly retryable: boolean;
  readonly meaning: string;
  /** What a client does. */
  readonly action: string;
}

/** Why realtime closes a socket: part of the contract, as the error codes are. */
export const CLOSING_CODES = {
  drain: {
    retryable: true,
    meaning: "This node is stopping",
    action: "Reconnect at once; another node answers",
  },
  slow_consumer: {
    retryable: true,
    meaning:
      "The client has read nothing for 30 s, or its user's sockets buffer too much; its messages stay queued",
    action: "Reconnect, and read and save messages faster",
  },
  unavailable: {
    retryable: true,
    meaning:
      "The node could not read the queue or confirm its subscription in time; it may have sent the backlog",
    action: "Wait for `afterMs`, then reconnect",
  },
  token_expired: {
    retryable: false,
    meaning: "30 s have passed since the token's `exp`",
    action: "Get a new token, then reconnect",
  },
  expired: {
    retryable: false,
    meaning:
      "Of an anonymous socket: it had no message accepted for 2 min, was open for 15 min, or made room for another",
    action: "Reconnect when there is a message to send",
  },
  device_removed: {
    retryable: false,
    meaning: "The device was removed, with its queue",
    action: "Give up: forget the device, and ask its user to sign in again",
  },
} as const satisfies Record<string, ClosingMeaning>;

export type ClosingCode = keyof typeof CLOSING_CODES;
