import type { Component } from "@dumbwaiter/infra";
import type { Conflict, KubeObject } from "@dumbwaiter/kubernetes";
import type { FieldChange, ForeignChange } from "@dumbwaiter/routing-service";

/** What the operator would do if a RoutingService were applied. */
export interface Plan {
  readonly name: string;
  readonly namespace: string;
  /** Of the RoutingService itself. */
  readonly action: "create" | "change" | "none";
  readonly changes: readonly FieldChange[];
  /** Whether the operator would do nothing until the RoutingService is resumed. */
  readonly paused: boolean;
  /** The operator that manages it, by the namespace and name of its leader lease; undefined until one claims it. */
  readonly operator?: string;
  /** Why the operator would change nothing at all. Nothing else is planned then. */
  readonly stopped?: Stop;
  /** Objects that would change, in the order in which they are applied; pruned ones come last. */
  readonly objects: readonly ObjectPlan[];
  /** The number of objects that would not change. */
  readonly unchanged: number;
  /** The components whose pods would be replaced, in this order. */
  readonly restarts: readonly Component[];
  /** The components that are rolled out one after the other; the others do not wait. */
  readonly rolloutOrder: readonly Component[];
  /** Of the restarts, those that wait for a component that fails or is not available, each with that one. */
  readonly waiting: Readonly<Partial<Record<Component, Component>>>;
  /** Missing kinds, and the reason for each. Their objects are not created. */
  readonly missing: Readonly<Record<string, string>>;
  /** Fields of others that change what pods run, or would override a setting. */
  readonly foreign: readonly ForeignPlan[];
  /**
   * Objects that would not be applied or deleted, each with the reason: the API server refuses it, it is somebody else's,
   * or it waits for one of these.
   */
  readonly refused: readonly string[];
  /** Objects of which nothing is known because the user lacks a permission, each with the reason. */
  readonly unplanned: readonly string[];
  readonly warnings: readonly string[];
}

export interface Stop {
  /** As in the conditions of the status, or that it is being deleted. */
  readonly reason: "InvalidSpec" | "NamesInUse" | "Deleting";
  readonly message: string;
}

export interface ObjectPlan {
  readonly action: "create" | "change" | "prune";
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly changes: readonly PlannedChange[];
  /** Fields that would be taken from other managers. */
  readonly conflicts: readonly Conflict[];
  /** The object to create, without the uid of its owner. */
  readonly object?: Omit<KubeObject, "metadata">;
  /** Why it is deleted, if the spec asks for it. */
  readonly why?: string;
  /** Of Config Connector's objects that are deleted: whether the resource or the right stays at Google. */
  readonly staysAtGoogle?: boolean;
}

export interface ForeignPlan extends ForeignChange {
  readonly kind: string;
  readonly name: string;
  readonly action: "keep" | "remove";
}

export interface PlannedChange extends FieldChange {
  /** Managers that the field would be taken from. */
  readonly takenFrom?: readonly string[];
}
