import {
  collectionId,
  FIRESTORE_FIELDS,
  type FieldOverride,
  type PubSubResources,
  pubSubResources,
  type SubscriptionRole,
  type TopicRole,
} from "@dumbwaiter/gcp/resources";
import { namesOf } from "../spec/names.ts";
import { COMPONENTS, type Component, type RoutingServiceProps } from "../spec/routing-service-props.ts";
import { accountIdOf, impersonatorOf, memberOf, pubsubServiceAgent } from "./identity.ts";

/** The resource that a role is granted on. */
export type Target =
  | { readonly kind: "topic"; readonly role: TopicRole }
  | { readonly kind: "subscription"; readonly role: SubscriptionRole }
  | { readonly kind: "project" }
  | { readonly kind: "serviceAccount"; readonly component: Component };

/** Grants a role to a member on a resource. */
export interface Binding {
  readonly holder: Component | "pubsub-agent";
  readonly member: string;
  readonly role: string;
  readonly on: Target;
  /** Only where it holds. */
  readonly condition?: Condition;
}

/** A condition of IAM, in CEL. */
export interface Condition {
  readonly title: string;
  readonly expression: string;
}

/** A field of the group of all collections with this ID. */
export interface GroupField extends FieldOverride {
  readonly collectionGroup: string;
}

export interface CloudResources extends PubSubResources {
  readonly fields: readonly GroupField[];
  /** A Google service account for each component, if pods impersonate one. */
  readonly serviceAccounts: readonly { readonly component: Component; readonly id: string }[];
  readonly bindings: readonly Binding[];
}

const PUBLISHER = "roles/pubsub.publisher";
/** To look whether the topic has a subscription. */
const VIEWER = "roles/pubsub.viewer";
const SUBSCRIBER = "roles/pubsub.subscriber";
/** Of Memorystore for Redis Cluster, with IAM. */
const REDIS_USER = "roles/redis.dbConnectionUser";

const topic = (role: TopicRole): Target => ({ kind: "topic", role });
const subscription = (role: SubscriptionRole): Target => ({ kind: "subscription", role });

/** The least privileges of each component, besides those on Firestore. */
const RIGHTS: Readonly<Record<Component, readonly (readonly [role: string, on: Target])[]>> = {
  api: [
    [PUBLISHER, topic("ingress")],
    [VIEWER, topic("ingress")],
  ],
  processor: [
    [SUBSCRIBER, subscription("processor")],
    [PUBLISHER, topic("push")],
    [PUBLISHER, topic("dead-letter")],
  ],
  realtime: [
    [PUBLISHER, topic("ingress")],
    [VIEWER, topic("ingress")],
    [PUBLISHER, topic("push")],
  ],
};

/** Everything that a routing service needs on Google Cloud, except the Firestore database itself. */
export function cloudResources(props: RoutingServiceProps): CloudResources {
  const { pubsub, collectionPrefix } = namesOf(props);
  const isImpersonating = props.spec.google.workloadIdentity === "impersonation";
  return {
    ...pubSubResources(pubsub),
    fields: FIRESTORE_FIELDS.map((field) => ({
      ...field,
      collectionGroup: collectionId(collectionPrefix, field.collection),
    })),
    serviceAccounts: isImpersonating
      ? COMPONENTS.map((component) => ({ component, id: accountIdOf(props, component) }))
      : [],
    bindings: [
      ...COMPONENTS.flatMap((component) => rightsOf(props, component)),
      ...(isImpersonating ? COMPONENTS.map((component) => impersonation(props, component)) : []),
      agentRight(props, PUBLISHER, topic("dead-letter")),
      agentRight(props, SUBSCRIBER, subscription("processor")),
    ],
  };
}

function rightsOf(props: RoutingServiceProps, component: Component): Binding[] {
  const member = memberOf(props, component);
  return [
    ...RIGHTS[component].map(([role, on]) => ({ holder: component, member, role, on })),
    {
      ...{ holder: component, member, role: "roles/datastore.user", on: { kind: "project" } },
      ...databaseCondition(props),
    },
    ...(props.spec.redis.authentication === "googleIam"
      ? [{ holder: component, member, role: REDIS_USER, on: { kind: "project" } } as const]
      : []),
  ];
}

/** Firestore's role can only be granted on the project; a condition limits it to databases. */
function databaseCondition({ spec }: RoutingServiceProps): { readonly condition?: Condition } {
  const { project, firestoreAccess, firestoreDatabase, previousFirestoreDatabase } = spec.google;
  if (firestoreAccess !== "database") return {};
  // Pods that have not been replaced yet use the previous one.
  const databases = new Set([firestoreDatabase, previousFirestoreDatabase ?? firestoreDatabase]);
  const expression = [...databases]
    .map((database) => `resource.name == "projects/${project}/databases/${database}"`)
    .join(" || ");
  return { condition: { title: "dumbwaiter-database", expression } };
}

function impersonation(props: RoutingServiceProps, component: Component): Binding {
  return {
    holder: component,
    member: impersonatorOf(props, component),
    role: "roles/iam.workloadIdentityUser",
    on: { kind: "serviceAccount", component },
  };
}

function agentRight(props: RoutingServiceProps, role: string, on: Target): Binding {
  return { holder: "pubsub-agent", member: pubsubServiceAgent(props), role, on };
}
