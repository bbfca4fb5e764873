import { z } from "zod";
import { oneOf, text } from "./parsers.ts";
import { redisUrl } from "./redis-url.ts";
import type { Variable } from "./variable.ts";

/** Braces would put all keys into one hash slot; `*` and `?` mean others in a rule of an ACL. */
export const KEY_PREFIX = {
  name: "REDIS_KEY_PREFIX",
  group: "redis",
  key: "keyPrefix",
  schema: text(/^[A-Za-z0-9._:-]{1,128}$/, "must be at most 128 letters, digits or any of . _ : -"),
  field: ["redis", "keyPrefix"],
  fieldSchema: z
    .string()
    .max(128)
    .regex(/^[A-Za-z0-9._:-]*$/, "must be letters, digits or any of . _ : -"),
  fieldDefault: "NAMESPACE.NAME:",
  description: "Prefix of all keys and channels in Redis, so that installations can share it",
} as const satisfies Variable;

const AUTHENTICATIONS = ["password", "googleIam"] as const;

export const REDIS_AUTHENTICATION = {
  name: "REDIS_AUTHENTICATION",
  group: "redis",
  key: "authentication",
  schema: oneOf(AUTHENTICATIONS),
  field: ["redis", "authentication"],
  fieldSchema: z.enum(AUTHENTICATIONS),
  default: "password",
  fieldDefault: "password",
  choices: AUTHENTICATIONS,
  description:
    "How to sign in to Redis: with what the URL holds, or with IAM tokens of the service's Google identity, as " +
    "Memorystore takes them, over TLS",
} as const satisfies Variable;

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
      "selects cluster mode; nodes after the first may be given as `host:port`. " +
      "`redis+sentinel://host,host,host/master` asks Sentinels for the master",
  },
  REDIS_AUTHENTICATION,
  {
    name: "REDIS_CA_FILE",
    group: "redis",
    key: "caFile",
    schema: text(/^[^\0]+$/, "must be a path"),
    description: "PEM file with the CA certificate of Redis; the system's CAs if not set",
  },
  KEY_PREFIX,
] as const satisfies readonly Variable[];
