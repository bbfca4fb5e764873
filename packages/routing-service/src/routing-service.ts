import {
  COMPONENT_LABEL,
  INSTANCE_LABEL,
  MANAGED_BY,
  ROUTING_SERVICE,
  type RoutingServiceStatus,
  type StatusNames,
} from "@dumbwaiter/infra";
import type { KubeObject, OwnerReference } from "@dumbwaiter/kubernetes";

export {
  COMPONENT_LABEL,
  INSTANCE_LABEL,
  MANAGED_BY,
  ROUTING_SERVICE,
  type RoutingServiceStatus,
  type StatusNames,
};

/** The field manager of the operator. */
export const FIELD_MANAGER = "dumbwaiter-operator";

/** Owns the fields that it sets only until the apply that follows. */
export const REPAIR_MANAGER = "dumbwaiter-operator-repair";

/** Names field managers whose additions are neither reported nor removed, separated by commas. */
const IGNORED_MANAGERS = "dumbwaiter.io/ignore-field-managers";

export interface RoutingService extends KubeObject {
  readonly metadata: KubeObject["metadata"] & { readonly namespace: string; readonly uid: string };
  readonly spec: unknown;
  readonly status?: RoutingServiceStatus;
}

export type Condition = NonNullable<RoutingServiceStatus["conditions"]>[number];
/** An object of the inventory, in the namespace of the routing service. */
export type InventoryEntry = NonNullable<RoutingServiceStatus["inventory"]>[number];
export type ComponentStatus = NonNullable<NonNullable<RoutingServiceStatus["components"]>["api"]>;
export type Rollout = NonNullable<ComponentStatus["rollout"]>;

export function keyOf({ metadata }: Pick<RoutingService, "metadata">): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/**
 * Makes the garbage collector delete an object together with its routing service. Without `blockOwnerDeletion`: that
 * needs permission to update the finalizers of the owner, and could block its deletion.
 */
export function ownerReferenceTo({ metadata }: RoutingService): OwnerReference {
  const { name, uid } = metadata;
  return { ...ROUTING_SERVICE, name, uid, controller: true };
}

export function ignoredManagersOf({ metadata }: Pick<RoutingService, "metadata">): ReadonlySet<string> {
  const names = metadata.annotations?.[IGNORED_MANAGERS] ?? "";
  return new Set(names.split(",").map((name) => name.trim()));
}

/** Whether an object has an owner reference to this uid. */
export function hasOwner(object: KubeObject | undefined, uid: string | undefined): boolean {
  return object?.metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}
