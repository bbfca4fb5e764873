import {
  CLIENT_FACING,
  DEAD_LETTER_TOPIC,
  DRAIN,
  fileVariable,
  INGRESS_SUBSCRIPTION,
  LIMITS,
  PUSH_TOPIC,
  type Variable,
} from "@dumbwaiter/service/settings";

/** Variables that a template must not set: what the services read, and what sets up Node and Google's clients. */
export const RESERVED_VARIABLES: readonly string[] = [
  ...new Set(
    [...CLIENT_FACING, DRAIN, INGRESS_SUBSCRIPTION, DEAD_LETTER_TOPIC, PUSH_TOPIC, ...LIMITS].flatMap(
      ({ name, secret }: Variable) => (secret ? [name, fileVariable(name)] : [name]),
    ),
  ),
  "METADATA_SERVER_DETECTION",
  "NODE_OPTIONS",
].sort();

/** Labels of every object, most of them in selectors. */
export const RESERVED_LABELS = ["name", "instance", "component", "part-of", "managed-by"].map(
  (label) => `app.kubernetes.io/${label}`,
);

/** Hashes in the annotations of pods. */
export const CONFIG_HASH = "dumbwaiter.io/config-hash";
export const REFERENCES = "dumbwaiter.io/references";

/** The volumes of Dumbwaiter's own, and where they are mounted. */
export const RESERVED_VOLUMES = ["redis-ca", "redis-url"];
export const DUMBWAITER_DIR = "/etc/dumbwaiter";
export const APP_DIR = "/app";
