import { DAY_MS } from "@dumbwaiter/core";

/** Every period that realtime keeps by itself, in milliseconds. */
export interface RealtimeTimings {
  /**
   * A dead peer is noticed within the sum of these two. A ping stands in line behind what waits, so that a full
   * buffer has to drain within the second one, here and by the client's own count.
   */
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** From the connection to an accepted handshake. */
  readonly handshakeMs: number;
  /** A socket with bytes waiting that drains nothing for this long is a slow consumer. */
  readonly stallMs: number;
  /** From a token's expiry to the end of its socket. */
  readonly expiryGraceMs: number;
  /** First look at whether a full window was acked elsewhere, and the longest pause between two looks. */
  readonly ackProbeMs: number;
  readonly ackProbeMaxMs: number;
  /** First and longest pause before a catch-up that failed is tried again. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  /** A catch-up that fails for this long ends its socket, which may do better on another node. */
  readonly unavailableMs: number;
  /** Longest time over which the devices of a node are read again after a resync. */
  readonly resyncSpreadMs: number;
  /** How often an open socket counts as its device being seen. */
  readonly touchMs: number;
  /** From the end of a socket to its push request: a client that comes right back needs none. */
  readonly pushDelayMs: number;
  /** From the end of a socket to that of its connection, should the peer not let go. */
  readonly hangUpMs: number;
}

export const DEFAULT_TIMINGS: RealtimeTimings = {
  pingIntervalMs: 10_000,
  pingTimeoutMs: 15_000,
  handshakeMs: 15_000,
  stallMs: 30_000,
  expiryGraceMs: 30_000,
  ackProbeMs: 2_000,
  ackProbeMaxMs: 60_000,
  retryMs: 250,
  retryMaxMs: 5_000,
  unavailableMs: 30_000,
  resyncSpreadMs: 20_000,
  touchMs: DAY_MS,
  pushDelayMs: 3_000,
  hangUpMs: 5_000,
};
