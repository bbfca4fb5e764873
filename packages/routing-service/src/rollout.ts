import type { Component } from "@dumbwaiter/infra";
import type { DeploymentState, OwnedObject } from "./owned-object.ts";
import type { Rollout } from "./routing-service.ts";

/**
 * Components are rolled out one after the other: first the one that reads the ingress, so that it understands what the
 * next ones publish; last the one that holds client connections. `COMPONENTS` has the order in which they are listed.
 */
export const ROLLOUT_ORDER: readonly Component[] = ["processor", "api", "realtime"];

/** The state of a Deployment's rollout to the latest template that was applied. */
export function rolloutOf(deployment: DeploymentState | undefined): Rollout {
  if (deployment === undefined) return "Pending";
  const { generation, observedGeneration, desiredReplicas, replicas, updatedReplicas } = deployment;
  if (observedGeneration < generation) return "Progressing";
  if (deployment.hasMissedDeadline) return "Degraded";
  const isComplete = updatedReplicas >= desiredReplicas && replicas <= updatedReplicas;
  return isComplete && deployment.isAvailable ? "Complete" : "Progressing";
}

/** The earlier component whose rollout must complete before `component` may replace its pods, if any. */
export function rolloutBlocker(
  component: Component,
  deploymentOf: (component: Component) => OwnedObject | undefined,
): Component | undefined {
  const earlier = ROLLOUT_ORDER.slice(0, ROLLOUT_ORDER.indexOf(component));
  return earlier.find((each) => rolloutOf(deploymentOf(each)?.deployment) !== "Complete");
}
