import { ROUTING_SERVICE as crd, type RoutingServiceStatus } from "@dumbwaiter/infra";
import type { Kind, KubeObject, OwnerReference } from "@dumbwaiter/kubernetes";

export type { RoutingServiceStatus };

/** The kind that the operator looks after. */
export const ROUTING_SERVICE: Kind = { apiVersion: `${crd.group}/${crd.version}`, kind: crd.kind };

/** In whose name the operator applies: the owner of all fields that it sets. */
export const FIELD_MANAGER = "dumbwaiter-operator";

/** Every object of a routing service bears it, whoever made it. */
export const MANAGED_BY = { label: "app.kubernetes.io/managed-by", value: "dumbwaiter" } as const;
export const INSTANCE_LABEL = "app.kubernetes.io/instance";
export const COMPONENT_LABEL = "app.kubernetes.io/component";

export interface RoutingService extends KubeObject {
  readonly metadata: KubeObject["metadata"] & { readonly namespace: string; readonly uid: string };
  readonly spec: unknown;
  readonly status?: RoutingServiceStatus;
}

export type Condition = NonNullable<RoutingServiceStatus["conditions"]>[number];
/** An object in the inventory; its namespace is the routing service's. */
export type InventoryEntry = NonNullable<RoutingServiceStatus["inventory"]>[number];
export type ComponentStatus = NonNullable<NonNullable<RoutingServiceStatus["components"]>["api"]>;
export type Rollout = NonNullable<ComponentStatus["rollout"]>;

export function keyOf({ metadata }: Pick<RoutingService, "metadata">): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/**
 * Makes the garbage collector delete an object with its routing service. It does not hold up the routing service's
 * own deletion: that needs a right over its finalizers, and could wedge it.
 */
export function ownerReferenceTo({ metadata }: RoutingService): OwnerReference {
  const { name, uid } = metadata;
  return { ...ROUTING_SERVICE, name, uid, controller: true };
}
