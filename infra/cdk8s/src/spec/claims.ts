import { PUBSUB_NAMES, parseRedisUrl } from "@dumbwaiter/service/settings";
import type { RoutingServiceStatus } from "../crd/routing-service-status.ts";
import type { Names, NamingSpec } from "./names.ts";

/** A topic, a subscription, or all names with a prefix: whoever claims the same would share it. */
export interface Claim {
  /** Equal for what is the same thing, whatever the spec calls it. */
  readonly key: string;
  /** With the field that sets it, such as `topic a (google.pubsub.pushTopic)`. */
  readonly text: string;
}

/** The names as a status has them. */
export type StatusNames = NonNullable<RoutingServiceStatus["names"]>;

export function statusNames({ pubsub, collectionPrefix = "", keyPrefix = "" }: Names): StatusNames {
  return { ...pubsub, firestoreCollectionPrefix: collectionPrefix, redisKeyPrefix: keyPrefix };
}

/** @param namespace in which a host name without a domain is looked up */
export function claimsOf(namespace: string, { google, redis }: NamingSpec, names: StatusNames): Claim[] {
  const { project, firestoreDatabase, emulators } = google;
  const at = (emulator: string | undefined) =>
    emulator === undefined ? `projects/${project}` : `${addressOf(emulator, namespace)}/projects/${project}`;
  const pubsub = PUBSUB_NAMES.map(({ key, field }) => {
    const kind = key.endsWith("Topic") ? "topic" : "subscription";
    const id = names[key];
    return { key: `${at(emulators?.pubsub)}/${kind}s/${id}`, text: `${kind} ${id} (${field.join(".")})` };
  });
  const { firestoreCollectionPrefix: collections, redisKeyPrefix: keys } = names;
  const firestore = {
    key: `${at(emulators?.firestore)}/databases/${firestoreDatabase}/${collections}`,
    text: `Firestore collections ${prefixed(collections)} (google.firestoreCollectionPrefix)`,
  };
  const text = `Redis keys ${prefixed(keys)} (redis.keyPrefix)`;
  const addresses = redisAddresses(namespace, redis);
  return [...pubsub, firestore, ...addresses.map((address) => ({ key: `${address}/${keys}`, text }))];
}

function prefixed(prefix: string): string {
  return prefix === "" ? "without a prefix" : `with the prefix ${prefix}`;
}

/** A Secret that the operator must not read stands for the Redis that is in it. */
function redisAddresses(namespace: string, { url, urlSecret }: NamingSpec["redis"]): string[] {
  if (urlSecret !== undefined) return [`secrets/${namespace}/${urlSecret.name}/${urlSecret.key}`];
  try {
    // Channels have no database: two of one server share them.
    const { nodes } = parseRedisUrl(url ?? "");
    return nodes.map(({ host, port }) => `redis://${addressOf(`${host}:${port}`, namespace)}`);
  } catch {
    return [];
  }
}

/** Of a Service, `<name>.<namespace>:<port>`, however it is written. */
function addressOf(address: string, namespace: string): string {
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(address) ?? [];
  const short = host
    .toLowerCase()
    .replace(/\.$/, "")
    .replace(/\.svc(\.cluster\.local)?$/, "");
  return `${/[.:]/.test(short) ? short : `${short}.${namespace}`}:${port}`;
}
