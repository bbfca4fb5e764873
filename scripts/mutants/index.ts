import { ANONYMOUS_MUTANTS } from "./anonymous-sends.ts";
import { GCP_MUTANTS } from "./gcp.ts";
import { LEARNS_LITTLE_MUTANTS } from "./learns-little.ts";
import { LIMIT_MUTANTS } from "./limits.ts";
import type { Mutant } from "./mutant.ts";
import { OPERATOR_MUTANTS } from "./operator.ts";
import { PROCESSOR_MUTANTS } from "./processor.ts";
import { FEED_MUTANTS } from "./realtime-feed.ts";
import { SOCKET_MUTANTS } from "./realtime-sockets.ts";
import { REDIS_MUTANTS } from "./redis.ts";
import { SQLITE_MUTANTS } from "./sqlite.ts";
import { TOKEN_MUTANTS } from "./tokens.ts";

export const MUTANTS: readonly Mutant[] = [
  ...PROCESSOR_MUTANTS,
  ...SQLITE_MUTANTS,
  ...FEED_MUTANTS,
  ...SOCKET_MUTANTS,
  ...ANONYMOUS_MUTANTS,
  ...REDIS_MUTANTS,
  ...TOKEN_MUTANTS,
  ...GCP_MUTANTS,
  ...OPERATOR_MUTANTS,
  ...LEARNS_LITTLE_MUTANTS,
  ...LIMIT_MUTANTS,
];
