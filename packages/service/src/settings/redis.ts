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
      "`redis:` or `rediss:` URL; may include user and password. A comma-separated list, or a URL with a trailing comma, " +
      "selects cluster mode; nodes after the first may be given as `host:port`",
  },
  {
    name: "REDIS_CA_FILE",
    group: "redis",
    key: "caFile",
    schema: text(/^[^\0]+$/, "must be a path"),
    description: "PEM file with the CA certificate of Redis; the system's CAs if not set",
  },
] as const satisfies readonly Variable[];
