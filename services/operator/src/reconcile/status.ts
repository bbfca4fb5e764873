import { COMPONENTS, type Component } from "@dumbwaiter/infra";
import { kindName } from "@dumbwaiter/kubernetes";
import {
  type ComponentStatus,
  type DeploymentState,
  type DesiredState,
  deploymentOf,
  inventoryEntry,
  keyOf,
  type NameConflict,
  type RoutingService,
  type RoutingServiceStatus,
  rolloutOf,
  type StatusNames,
} from "@dumbwaiter/routing-service";
import type { OwnedObjectCache } from "../watch/owned-object-cache.ts";
import { type Availability, availabilityOf } from "./availability.ts";
import { type ConditionInputs, conditionsOf } from "./conditions.ts";
import { dependencyProblemsOf } from "./dependency-problems.ts";
import type { ReconcileOutcome } from "./reconcile-outcome.ts";

/** What the status says of the last reconcile. */
interface StatusInputs {
  readonly version: string;
  /** Undefined if the spec is invalid. */
  readonly desired: DesiredState | undefined;
  readonly names: StatusNames | undefined;
  /** What the routing service holds until everything is rolled out, and then. */
  readonly claims: { readonly held: readonly string[]; readonly wanted: readonly string[] };
  readonly nameConflict: NameConflict | undefined;
  /** Undefined if nothing was applied: the routing service is paused, its spec is invalid, or names are in use. */
  readonly outcome: ReconcileOutcome | undefined;
  readonly problems: readonly string[];
  readonly isPaused: boolean;
  /** ConfigMaps and Secrets that cannot be watched, each with the reason. */
  readonly unwatched: readonly string[];
}

/** The complete status; equal to the current one if nothing has changed. */
export function statusOf(
  routingService: RoutingService,
  inputs: StatusInputs,
  objects: OwnedObjectCache,
  now: Date,
): RoutingServiceStatus {
  const { desired, outcome, version } = inputs;
  const before = routingService.status ?? {};
  const { generation = 0 } = routingService.metadata;
  const deployments = desired === undefined ? [] : deploymentsOf(routingService, desired, objects);
  const components = desired === undefined ? before.components : componentsOf(outcome, deployments);
  const isAllApplied =
    outcome !== undefined && outcome.failures.length + outcome.waiting.size + outcome.remaining.length === 0;
  const lastAppliedHash = isAllApplied ? desired?.hash : before.lastAppliedHash;
  const conditionInputs: ConditionInputs = {
    ...inputs,
    isApplied: lastAppliedHash === desired?.hash,
    components: components ?? {},
    availability: availabilitiesOf(desired, deployments),
    dependencies: desired && dependencyProblemsOf(desired, outcome, objects, inputs.unwatched),
  };
  const inventory =
    desired === undefined || outcome === undefined ? before.inventory : inventoryOf(desired, outcome);
  const names = outcome === undefined ? before.names : inputs.names;
  const isRolledOut =
    isAllApplied && Object.values(components ?? {}).every((each) => each?.rollout === "Complete");
  const claims = isRolledOut ? inputs.claims.wanted : inputs.claims.held;
  return {
    observedGeneration: generation,
    version,
    ...(lastAppliedHash === undefined ? {} : { lastAppliedHash }),
    conditions: conditionsOf(conditionInputs, before.conditions ?? [], generation, now),
    ...(components === undefined ? {} : { components }),
    ...(names === undefined ? {} : { names }),
    ...(claims.length === 0 ? {} : { claims: [...claims] }),
    ...(inventory === undefined ? {} : { inventory }),
  };
}

function inventoryOf(desired: DesiredState, outcome: ReconcileOutcome) {
  const applied = desired.objects.filter(
    (object) => !outcome.missing.has(kindName(object)) && !outcome.notOurs.has(object.key),
  );
  return [...applied.map(inventoryEntry), ...outcome.remaining];
}

interface LiveDeployment {
  readonly component: Component;
  /** Undefined if there is none, or it is somebody else's. */
  readonly deployment: DeploymentState | undefined;
}

function deploymentsOf(
  routingService: RoutingService,
  desired: DesiredState,
  objects: OwnedObjectCache,
): LiveDeployment[] {
  const owner = keyOf(routingService);
  return COMPONENTS.map((component) => {
    const object = deploymentOf(desired, component);
    return { component, deployment: object && objects.getOf(owner, object.key)?.deployment };
  });
}

function componentsOf(outcome: ReconcileOutcome | undefined, deployments: readonly LiveDeployment[]) {
  const statuses: Partial<Record<Component, ComponentStatus>> = {};
  for (const { component, deployment } of deployments) {
    const rollout = outcome?.waiting.has(component) ? "Pending" : rolloutOf(deployment);
    const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = deployment ?? {};
    statuses[component] = { replicas, readyReplicas, updatedReplicas, rollout };
  }
  return statuses as Record<Component, ComponentStatus>;
}

function availabilitiesOf(
  desired: DesiredState | undefined,
  deployments: readonly LiveDeployment[],
): Map<Component, Availability> {
  if (desired === undefined) return new Map();
  return new Map(
    deployments.map(({ component, deployment }) => [
      component,
      availabilityOf(deployment, desired.minimumAvailable[component]),
    ]),
  );
}
