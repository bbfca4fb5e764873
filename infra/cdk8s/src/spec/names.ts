import { COLLECTION_PREFIX, KEY_PREFIX, PUBSUB_NAMES, type PubSubNames } from "@dumbwaiter/service/settings";
import { shortHash } from "../object-metadata.ts";
import {
  type RoutingServiceProps,
  type RoutingServiceSpec,
  routingServiceSpecSchema,
} from "./routing-service-props.ts";

/** What names a routing service's own things where others may be too: in a project, a database, a Redis. */
export interface Names {
  readonly pubsub: PubSubNames;
  /** Of Firestore's collections. */
  readonly collectionPrefix: string | undefined;
  /** Of keys and channels in Redis. */
  readonly keyPrefix: string | undefined;
}

/** The parts of a spec that names depend on. */
export type NamingSpec = Pick<RoutingServiceSpec, "google" | "redis">;

/** Takes these parts of any spec, whatever the others are. */
export const namingSchema = routingServiceSpecSchema.pick({ google: true, redis: true }).strip();

/** With the longest of what comes before, 63: the autoscaler selects the subscription by the value of a label. */
const MAX_INSTANCE = 40;

/** Namespace and name contain neither a full stop nor an underscore: no others give the same. */
function instanceOf(namespace: string, name: string): string {
  const whole = `${namespace}.${name}`;
  if (whole.length <= MAX_INSTANCE) return whole;
  const hash = shortHash([namespace, name]);
  return `${whole.slice(0, MAX_INSTANCE - hash.length - 1)}_${hash}`;
}

/** The names that the spec gives; the others derive from namespace and name. */
export function namesOf({
  name,
  namespace,
  spec,
}: Omit<RoutingServiceProps, "spec"> & { readonly spec: NamingSpec }): Names {
  const { google, redis } = spec;
  const derived = ({ fieldDefault }: { readonly fieldDefault: string }) =>
    fieldDefault.replace("NAMESPACE.NAME", instanceOf(namespace, name));
  const prefix = (given: string | undefined, variable: { readonly fieldDefault: string }) =>
    (given ?? (isOfVersion010(spec) ? "" : derived(variable))) || undefined;
  return {
    pubsub: Object.fromEntries(
      PUBSUB_NAMES.map((variable) => [variable.key, google.pubsub[variable.key] ?? derived(variable)]),
    ) as PubSubNames,
    collectionPrefix: prefix(google.firestoreCollectionPrefix, COLLECTION_PREFIX),
    keyPrefix: prefix(redis.keyPrefix, KEY_PREFIX),
  };
}

/**
 * Version 0.1.0 had fixed names, and no prefixes. It stored the IDs of all topics and subscriptions in every
 * RoutingService: where all are given, what 0.1.0 did not know stays as it was. This never changes for an object: a
 * rule refuses to remove any of them, and to add the last one.
 */
export function isOfVersion010({ google }: Pick<RoutingServiceSpec, "google">): boolean {
  return PUBSUB_NAMES.every(({ key }) => google.pubsub[key] !== undefined);
}
