import type { Component } from "@dumbwaiter/infra";
import type { DeploymentState } from "./deployment-state.ts";
import type { OwnedObject } from "./owned-object.ts";
import type { Rollout } from "./routing-service.ts";

/**
 * Components are rolled out one after the other: first the one that reads the ingress, so that it understands what the
 * next ones publish; last the one that holds client connections. `COMPONENTS` has the order in which they are listed.
 */
export const ROLLOUT_ORDER: readonly Component[] = ["processor", "api", "realtime"];

/**
 * The state of a Deployment's rollout to the latest template that was applied. It stays complete while pods are added,
 * removed, or replaced on other nodes.
 */
export function rolloutOf(deployment: DeploymentState | undefined): Rollout {
  if (deployment === undefined) return "Pending";
  if (deployment.observedGeneration < deployment.templateGeneration) return "Progressing";
  if (deployment.hasMissedDeadline) return "Degraded";
  return isComplete(deployment) ? "Complete" : "Progressing";
}

/** The earlier component whose rollout must complete before `component` may replace its pods, if any. */
export function rolloutBlocker(
  component: Component,
  deploymentOf: (component: Component) => OwnedObject | undefined,
): Component | undefined {
  const earlier = ROLLOUT_ORDER.slice(0, ROLLOUT_ORDER.indexOf(component));
  return earlier.find((each) => {
    const deployment = deploymentOf(each)?.deployment;
    return rolloutOf(deployment) !== "Complete" || deployment?.availableReplicas === 0;
  });
}

function isComplete(deployment: DeploymentState): boolean {
  const { desiredReplicas, replicas, updatedReplicas, availableReplicas, hasCompleted } = deployment;
  // A rollback to a ReplicaSet that exists does not reset the controller's memory at once.
  if (replicas > updatedReplicas) return false;
  return hasCompleted || (updatedReplicas >= desiredReplicas && availableReplicas >= desiredReplicas);
}
