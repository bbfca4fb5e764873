import { DAY_MS } from "@dumbwaiter/core";

/** Realtime's internal periods and timeouts, in milliseconds. */
export interface RealtimeTimings {
  /**
   * A dead peer is noticed within the sum of these two. A ping queues behind what waits, so a full buffer must be
   * written within the second one, by our clock and by the client's.
   */
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** From the connection to an accepted handshake. */
  readonly handshakeMs: number;
  /** A socket that has bytes waiting and writes none for this long is a slow consumer. */
  readonly stallMs: number;
  /** From a token's expiry to the end of its socket, at least; up to a thirtieth longer. */
  readonly expiryGraceMs: number;
  /** First check whether a full window was acked elsewhere, and the longest pause between two checks. */
  readonly ackProbeMs: number;
  readonly ackProbeMaxMs: number;
  /** A backlog during which the socket left its room is read from the beginning again after this long. */
  readonly maxCursorAgeMs: number;
  /** First and longest pause before a failed catch-up is retried. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  /** A catch-up that fails for this long ends its socket; the client may do better on another node. */
  readonly unavailableMs: number;
  /** Longest time over which a resync of a node's devices is spread. */
  readonly resyncSpreadMs: number;
  /** How often an open socket refreshes its device's lastSeen. */
  readonly touchMs: number;
  /** From the end of a socket to its push request: a client that reconnects right away needs none. */
  readonly pushDelayMs: number;
  /** From the end of a socket to destroying its connection, if the peer does not close it. */
  readonly hangUpMs: number;
  /** From refusing a client that would come back at once to the end of its connection. */
  readonly lingerMs: number;
  /** An anonymous socket that had no message accepted for this long ends. */
  readonly anonymousIdleMs: number;
  /** The longest life of an anonymous socket. */
  readonly anonymousLifeMs: number;
}

export const DEFAULT_TIMINGS: RealtimeTimings = {
  pingIntervalMs: 10_000,
  pingTimeoutMs: 15_000,
  handshakeMs: 15_000,
  stallMs: 30_000,
  expiryGraceMs: 30_000,
  ackProbeMs: 2_000,
  ackProbeMaxMs: 60_000,
  maxCursorAgeMs: 10_000,
  retryMs: 250,
  retryMaxMs: 5_000,
  unavailableMs: 30_000,
  resyncSpreadMs: 20_000,
  touchMs: DAY_MS,
  pushDelayMs: 3_000,
  hangUpMs: 5_000,
  lingerMs: 1_000,
  anonymousIdleMs: 2 * 60_000,
  anonymousLifeMs: 15 * 60_000,
};
