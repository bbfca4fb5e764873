import { COMPONENTS, type Component } from "@dumbwaiter/infra";
import {
  type ComponentStatus,
  type DesiredState,
  inventoryEntry,
  kindName,
  type RoutingService,
  type RoutingServiceStatus,
  rolloutOf,
} from "@dumbwaiter/routing-service";
import type { Outcome } from "./bring-about.ts";
import { conditionsOf, type Facts } from "./conditions.ts";
import type { OwnedObjects } from "./owned-objects.ts";

/** What came of a look at a routing service, for its status. */
export interface Findings {
  readonly version: string;
  /** Undefined when its spec cannot be understood. */
  readonly desired: DesiredState | undefined;
  /** Undefined when nothing was applied: it is paused, or its spec cannot be understood. */
  readonly outcome: Outcome | undefined;
  readonly problems: readonly string[];
  readonly isPaused: boolean;
}

/** The whole status as it ought to be; equal to the one that there is when there is nothing new. */
export function statusOf(
  routingService: RoutingService,
  findings: Findings,
  objects: OwnedObjects,
  now: Date,
): RoutingServiceStatus {
  const { desired, outcome, version } = findings;
  const before = routingService.status ?? {};
  const { generation = 0 } = routingService.metadata;
  const components = desired === undefined ? before.components : componentsOf(desired, outcome, objects);
  const facts: Facts = { ...findings, components: components ?? {}, messages: messagesOf(desired, objects) };
  const isAllApplied =
    outcome !== undefined && outcome.failures.length + outcome.held.size + outcome.remaining.length === 0;
  const lastAppliedHash = isAllApplied ? desired?.hash : before.lastAppliedHash;
  const inventory =
    desired === undefined || outcome === undefined ? before.inventory : inventoryOf(desired, outcome);
  return {
    observedGeneration: generation,
    version,
    ...(lastAppliedHash === undefined ? {} : { lastAppliedHash }),
    conditions: conditionsOf(facts, before.conditions ?? [], generation, now),
    ...(components === undefined ? {} : { components }),
    ...(inventory === undefined ? {} : { inventory }),
  };
}

function inventoryOf(desired: DesiredState, outcome: Outcome) {
  const known = desired.objects.filter((object) => !outcome.missing.has(kindName(object)));
  return [...known.map(inventoryEntry), ...outcome.remaining];
}

function deploymentsOf(desired: DesiredState, objects: OwnedObjects) {
  return COMPONENTS.map((component) => {
    const object = desired.objects.find((each) => each.kind === "Deployment" && each.component === component);
    return { component, deployment: object && objects.get(object.key)?.deployment };
  });
}

function componentsOf(desired: DesiredState, outcome: Outcome | undefined, objects: OwnedObjects) {
  const statuses: Partial<Record<Component, ComponentStatus>> = {};
  for (const { component, deployment } of deploymentsOf(desired, objects)) {
    const rollout = outcome?.held.has(component) ? "Pending" : rolloutOf(deployment);
    const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = deployment ?? {};
    statuses[component] = { replicas, readyReplicas, updatedReplicas, rollout };
  }
  return statuses as Record<Component, ComponentStatus>;
}

function messagesOf(desired: DesiredState | undefined, objects: OwnedObjects) {
  if (desired === undefined) return new Map();
  return new Map(
    deploymentsOf(desired, objects).map(({ component, deployment }) => [
      component,
      {
        isAvailable: deployment?.isAvailable ?? false,
        message: deployment?.message ?? "There is no Deployment",
      },
    ]),
  );
}
