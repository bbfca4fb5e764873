import {
  AUTH,
  DEAD_LETTER_TOPIC,
  DRAIN,
  GOOGLE,
  INGRESS_SUBSCRIPTION,
  INGRESS_TOPIC,
  KEY_PREFIX,
  limitsOf,
  OBSERVABILITY,
  PUSH_TOPIC,
  REDIS_AUTHENTICATION,
  SHUTDOWN_GRACE,
  type SpecVariable,
} from "@dumbwaiter/service/settings";
import { isGkeGateway, isGkeIngress } from "../../spec/gke-load-balancer.ts";
import { namesOf } from "../../spec/names.ts";
import type { Component, RoutingServiceProps, RoutingServiceSpec } from "../../spec/routing-service-props.ts";
import { pathsOf } from "./mounted-files.ts";

export const HTTP_PORT = 8080;
export const ADMIN_PORT = 9090;

type Variables = Readonly<Record<string, unknown>>;

const COMMON = [SHUTDOWN_GRACE, ...OBSERVABILITY, ...GOOGLE, REDIS_AUTHENTICATION, KEY_PREFIX];

/** What each component reads and a field of the spec sets, as it is. */
const SET_BY_A_FIELD: Readonly<Record<Component, readonly SpecVariable[]>> = {
  api: [...COMMON, ...AUTH, INGRESS_TOPIC, ...limitsOf("api")],
  processor: [...COMMON, INGRESS_SUBSCRIPTION, DEAD_LETTER_TOPIC, PUSH_TOPIC, ...limitsOf("processor")],
  realtime: [...COMMON, ...AUTH, INGRESS_TOPIC, PUSH_TOPIC, DRAIN, ...limitsOf("realtime")],
};

/** The environment of a component except what Secrets hold: what it reads, and nothing that it does not. */
export function containerConfig(props: RoutingServiceProps, component: Component): Record<string, string> {
  const { spec } = props;
  const named = withNames(props);
  const variables = {
    ...Object.fromEntries(SET_BY_A_FIELD[component].map(({ name, field }) => [name, valueAt(named, field)])),
    ...commonVariables(spec),
    ...(component === "processor" ? {} : servingVariables(spec)),
  };
  const set = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, textOf(value)] as const],
  );
  return Object.fromEntries(set.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** As the environment has it. */
function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The spec with all names, also those that it does not give. */
function withNames(props: RoutingServiceProps): RoutingServiceSpec {
  const { google, redis } = props.spec;
  const { pubsub, collectionPrefix, keyPrefix } = namesOf(props);
  return {
    ...props.spec,
    google: { ...google, pubsub, firestoreCollectionPrefix: collectionPrefix },
    redis: { ...redis, keyPrefix },
  };
}

function valueAt(spec: RoutingServiceSpec, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Variables | undefined)?.[name], spec);
}

function commonVariables(spec: RoutingServiceSpec): Variables {
  const { google, redis } = spec;
  const { ca, url } = pathsOf(spec);
  return {
    ADMIN_PORT,
    // Otherwise Google's clients look for the metadata server once. It may answer only seconds after the pod starts.
    METADATA_SERVER_DETECTION: google.emulators ? "none" : "assume-present",
    REDIS_URL: redis.url,
    REDIS_URL_FILE: url,
    REDIS_CA_FILE: ca,
  };
}

/** What the components read that clients call. */
function servingVariables({ http, route }: RoutingServiceSpec): Variables {
  return {
    PORT: HTTP_PORT,
    ALLOWED_ORIGINS: http.allowedOrigins.join(","),
    TRUST_PROXY: http.trustProxy ?? proxiesInFront(route),
  };
}

/** GKE's load balancers append the address of the client to `X-Forwarded-For`, and then one of their own. */
function proxiesInFront(route: RoutingServiceSpec["route"]): string {
  if (route.kind === "none") return "false";
  return isGkeGateway(route) || isGkeIngress(route) ? "2" : "1";
}
