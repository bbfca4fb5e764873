import { COMPONENTS, type Component, type RoutingServiceProps } from "../spec/routing-service-props.ts";
import { accountIdOf, impersonatorOf, memberOf, pubsubServiceAgent } from "./identity.ts";

/** Stable names of our own for what has an id at Google. */
export type TopicRole = "ingress" | "dead-letter" | "push";
type SubscriptionRole = "processor" | "dead-letter";

export interface Topic {
  readonly role: TopicRole;
  readonly id: string;
}

export interface Subscription {
  readonly role: SubscriptionRole;
  readonly id: string;
  readonly topic: TopicRole;
  readonly ackDeadlineSeconds: number;
  readonly retentionSeconds: number;
  readonly retry?: { readonly minimumSeconds: number; readonly maximumSeconds: number };
  readonly deadLetters?: { readonly topic: TopicRole; readonly maxDeliveryAttempts: number };
}

/** A field whose index is not what Firestore makes by itself: none unless queries ask for it in ascending order. */
export interface FieldOverride {
  readonly collectionGroup: string;
  readonly field: string;
  readonly isAscending?: true;
  /** Documents expire at its time. */
  readonly isExpiry?: true;
}

/** What a role is given on. */
export type Target =
  | { readonly kind: "topic"; readonly role: TopicRole }
  | { readonly kind: "subscription"; readonly role: SubscriptionRole }
  | { readonly kind: "project" }
  | { readonly kind: "serviceAccount"; readonly component: Component };

export interface Binding {
  /** Whom it is for. */
  readonly holder: Component | "pubsub-agent";
  readonly member: string;
  readonly role: string;
  readonly on: Target;
}

export interface CloudResources {
  readonly topics: readonly Topic[];
  readonly subscriptions: readonly Subscription[];
  readonly fields: readonly FieldOverride[];
  /** Google service accounts, one a component, when pods act in their name. */
  readonly serviceAccounts: readonly { readonly component: Component; readonly id: string }[];
  readonly bindings: readonly Binding[];
}

const PUBLISHER = "roles/pubsub.publisher";
const SUBSCRIBER = "roles/pubsub.subscriber";
const WEEK_SECONDS = 7 * 24 * 60 * 60;

const topic = (role: TopicRole): Target => ({ kind: "topic", role });
const subscription = (role: SubscriptionRole): Target => ({ kind: "subscription", role });

/** The least that each component needs; Firestore's role exists for projects alone. */
const RIGHTS: Readonly<Record<Component, readonly (readonly [role: string, on: Target])[]>> = {
  api: [[PUBLISHER, topic("ingress")]],
  processor: [
    [SUBSCRIBER, subscription("processor")],
    [PUBLISHER, topic("push")],
    [PUBLISHER, topic("dead-letter")],
  ],
  realtime: [
    [PUBLISHER, topic("ingress")],
    [PUBLISHER, topic("push")],
  ],
};

/** Everything that a routing service needs of Google Cloud beside the Firestore database itself. */
export function cloudResources(props: RoutingServiceProps): CloudResources {
  const { pubsub, workloadIdentity } = props.spec.google;
  const isImpersonating = workloadIdentity === "impersonation";
  return {
    topics: [
      { role: "ingress", id: pubsub.ingressTopic },
      { role: "dead-letter", id: pubsub.deadLetterTopic },
      { role: "push", id: pubsub.pushTopic },
    ],
    subscriptions: [
      {
        role: "processor",
        id: pubsub.ingressSubscription,
        topic: "ingress",
        ackDeadlineSeconds: 10,
        retentionSeconds: WEEK_SECONDS,
        retry: { minimumSeconds: 1, maximumSeconds: 10 },
        deadLetters: { topic: "dead-letter", maxDeliveryAttempts: 100 },
      },
      {
        role: "dead-letter",
        id: pubsub.deadLetterSubscription,
        topic: "dead-letter",
        ackDeadlineSeconds: 60,
        retentionSeconds: WEEK_SECONDS,
      },
    ],
    fields: [
      { collectionGroup: "messages", field: "envelope" },
      { collectionGroup: "messages", field: "expireAt", isExpiry: true },
      { collectionGroup: "messages", field: "storedAt", isAscending: true },
      { collectionGroup: "users", field: "devices" },
      { collectionGroup: "users", field: "oldestSeen", isAscending: true },
    ],
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
  const rights = [...RIGHTS[component], ["roles/datastore.user", { kind: "project" }] as const];
  const member = memberOf(props, component);
  return rights.map(([role, on]) => ({ holder: component, member, role, on }));
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
