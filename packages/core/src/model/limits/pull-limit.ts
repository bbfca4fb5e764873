import { z } from "zod";
import { DEFAULT_PULL_LIMIT, MAX_PULL_LIMIT } from "./fixed-limits.ts";

const MESSAGE = "must be an integer of at least 1";

/** How many messages a pull asks for, over HTTP and sockets alike; more than the maximum counts as the maximum. */
export const pullLimitSchema = z
  .int(MESSAGE)
  .min(1, MESSAGE)
  .default(DEFAULT_PULL_LIMIT)
  .transform((limit) => Math.min(limit, MAX_PULL_LIMIT));
