import { text } from "./parsers.ts";
import { redisUrl } from "./redis-url.ts";
import type { Variable } from "./variable.ts";

export const REDIS = [
  {
    name: "REDIS_URL",
    group: "redis",
    key: "url",
    schema: redisUrl,
    required: true,
    secret: true,
    description:
      "`redis:` or `rediss:` URL with user and password in it; a comma-separated list is a cluster, and so is a " +
      "single URL followed by a comma; further nodes may be bare `host:port`",
  },
  {
    name: "REDIS_CA_FILE",
    group: "redis",
    key: "caFile",
    schema: text(/^[^\0]+$/, "must be a path"),
    description:
      "PEM file of the authority that signed Redis's certificate; the system's authorities when not set",
  },
] as const satisfies readonly Variable[];
