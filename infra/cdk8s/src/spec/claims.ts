import { PUBSUB_NAMES, parseRedisUrl } from "@dumbwaiter/service/settings";
import { accountIdOf } from "../cloud/identity.ts";
import type { RoutingServiceStatus } from "../crd/routing-service-status.ts";
import type { Names, NamingSpec } from "./names.ts";
import { COMPONENTS, type RoutingServiceProps } from "./routing-service-props.ts";

/** A topic, a subscription, or all names with a prefix: whoever claims the same would share it. */
export interface Claim {
  /** Equal for what is the same thing, whatever the spec calls it. */
  readonly key: string;
  /** With the field that sets it, such as `topic a (google.pubsub.pushTopic)`. */
  readonly text: string;
}

type Owner = Pick<RoutingServiceProps, "name" | "namespace">;

/** The names as a status has them. */
export type StatusNames = NonNullable<RoutingServiceStatus["names"]>;

export function statusNames({ pubsub, collectionPrefix = "", keyPrefix = "" }: Names): StatusNames {
  return { ...pubsub, firestoreCollectionPrefix: collectionPrefix, redisKeyPrefix: keyPrefix };
}

/** @param owner in whose namespace a host name without a domain is looked up */
export function claimsOf(owner: Owner, { google, redis }: NamingSpec, names: StatusNames): Claim[] {
  const { namespace } = owner;
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
  return [
    ...pubsub,
    firestore,
    ...addresses.map((address) => ({ key: `${address}/${keys}`, text })),
    ...accountClaims(owner, google),
  ];
}

/** With one account, each one's pods would have the other's rights. */
function accountClaims(owner: Owner, google: NamingSpec["google"]): Claim[] {
  if (google.emulators || google.workloadIdentity === "direct") return [];
  return COMPONENTS.map((component) => {
    const id = accountIdOf({ ...owner, spec: { google } }, component);
    return {
      key: `projects/${google.project}/accounts/${id}`,
      text: `Google service account ${id} (google.workloadIdentity)`,
    };
  });
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
