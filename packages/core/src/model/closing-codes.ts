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
    action: "Connect anew at once: another node answers",
  },
  slow_consumer: {
    retryable: true,
    meaning:
      "The client has read nothing for 30 s, or the sockets of its user hold too much; its messages stay queued",
    action: "Connect anew, and save messages faster than you ask for them",
  },
  unavailable: {
    retryable: true,
    meaning:
      "For too long, the node could not read the queue or confirm its subscription; it may have sent the backlog",
    action: "Wait for `afterMs`, then connect anew",
  },
  token_expired: {
    retryable: false,
    meaning: "30 s have passed since the token's `exp`",
    action: "Get a new token, then connect anew",
  },
  device_removed: {
    retryable: false,
    meaning: "The device was removed, with its queue",
    action: "Give up: forget the device, and ask its user to sign in again",
  },
} as const satisfies Record<string, ClosingMeaning>;

export type ClosingCode = keyof typeof CLOSING_CODES;
