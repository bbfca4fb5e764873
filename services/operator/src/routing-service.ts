import type { KubeObject, OwnerReference } from "@dumbwaiter/kubernetes";

/** The kind that the operator looks after. */
export const ROUTING_SERVICE = { apiVersion: "dumbwaiter.io/v1alpha1", kind: "RoutingService" } as const;

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

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** An object in the inventory; its namespace is the routing service's. */
export interface InventoryEntry {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
}

export interface ComponentStatus {
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly updatedReplicas: number;
  readonly rollout: Rollout;
}

export type Rollout = "Pending" | "Progressing" | "Complete" | "Degraded";

export interface RoutingServiceStatus {
  readonly observedGeneration?: number;
  readonly version?: string;
  readonly lastAppliedHash?: string;
  readonly conditions?: readonly Condition[];
  readonly components?: Readonly<Record<string, ComponentStatus>>;
  readonly inventory?: readonly InventoryEntry[];
}

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
