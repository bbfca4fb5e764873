import { COMPONENTS, type Component } from "@dumbwaiter/infra";
import type { DeploymentState } from "./deployment-state.ts";
import type { DesiredObject } from "./desired-state.ts";
import type { OwnedObject } from "./owned-object.ts";
import type { Rollout } from "./routing-service.ts";

/** All components, in the order in which they are applied: first those that wait for none. */
export function rolloutSequence(order: readonly Component[]): Component[] {
  return [...COMPONENTS.filter((component) => !order.includes(component)), ...order];
}

/**
 * Whether an object is applied in its component's turn. A ConfigMap comes with the pods: one that restarts earlier must
 * not get the new settings. They are applied up to the first failure, because pods read their settings only once.
 */
export function isRolledOut({ kind, component }: DesiredObject): boolean {
  return component !== undefined && (kind === "Deployment" || kind === "ConfigMap");
}

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

/**
 * The earlier component whose rollout must complete before `component` may replace its pods, if any.
 *
 * @param order the components that are rolled out one after the other
 */
export function rolloutBlocker(
  component: Component,
  order: readonly Component[],
  deploymentOf: (component: Component) => OwnedObject | undefined,
): Component | undefined {
  const earlier = order.slice(0, Math.max(0, order.indexOf(component)));
  return earlier.find((each) => {
    const deployment = deploymentOf(each)?.deployment;
    return rolloutOf(deployment) !== "Complete" || !isServing(deployment);
  });
}

function isComplete(deployment: DeploymentState): boolean {
  const { desiredReplicas, replicas, updatedReplicas, availableReplicas, hasCompleted } = deployment;
  // A rollback to a ReplicaSet that exists does not reset the controller's memory at once.
  if (replicas > updatedReplicas) return false;
  return hasCompleted || (updatedReplicas >= desiredReplicas && availableReplicas >= desiredReplicas);
}

/** Nothing is to be waited for in a component that somebody scaled to 0. */
function isServing(deployment: DeploymentState | undefined): boolean {
  return deployment?.desiredReplicas === 0 || (deployment?.availableReplicas ?? 0) > 0;
}
