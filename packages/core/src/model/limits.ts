const MIB = 1024 * 1024;

/** Messages in one pull, by default and at most. */
export const DEFAULT_PULL_LIMIT = 50;
export const MAX_PULL_LIMIT = 500;

/** Bytes of envelopes in one pull. */
export const MAX_PULL_BYTES = 8 * MIB;

/** Ids in one acknowledgement. */
export const MAX_ACK_IDS = 500;

/** An older ephemeral message is dropped. */
export const EPHEMERAL_TTL_MS = 30_000;

export const DAY_MS = 24 * 60 * 60 * 1000;
