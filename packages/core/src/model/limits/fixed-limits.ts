const MIB = 1024 * 1024;

/** Messages in one pull, by default and at most. */
export const DEFAULT_PULL_LIMIT = 50;
export const MAX_PULL_LIMIT = 500;

/** Bytes of envelopes in one pull. */
export const MAX_PULL_BYTES = 8 * MIB;

/** Bytes of envelopes that an HTTP pull reads at a time. */
export const PULL_PART_BYTES = MIB / 2;

/** IDs in one acknowledgement. */
export const MAX_ACK_IDS = 500;

/** Open sockets of a device on one node. */
export const DEFAULT_MAX_SOCKETS_PER_DEVICE = 16;

/** Open sockets without a token on one node, and of one network: clients open one while they send, and no longer. */
export const DEFAULT_MAX_ANONYMOUS_SOCKETS = 1_024;
export const DEFAULT_MAX_ANONYMOUS_SOCKETS_PER_NETWORK = 64;

/** An older ephemeral message is dropped. */
export const EPHEMERAL_TTL_MS = 30_000;

/**
 * A record that was handed out this often and never acked becomes a dead letter, `attempts_exhausted`: the last resort
 * for a record that kills its processor. The ingress counts: Pub/Sub by its subscription, SQLite by its table.
 */
export const MAX_DELIVERY_ATTEMPTS = 100;

export const DAY_MS = 24 * 60 * 60 * 1000;
