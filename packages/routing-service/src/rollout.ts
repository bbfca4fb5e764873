import type { Component } from "@dumbwaiter/infra";
import type { DeploymentState, OwnedObject } from "./owned-object.ts";
import type { Rollout } from "./routing-service.ts";

/**
 * Components are rolled out one after the other: first what takes messages from the ingress, so that it knows whatever
 * the next may publish; last what holds the clients' connections.
 */
export const ROLLOUT_ORDER: readonly Component[] = ["processor", "api", "realtime"];

/** Where a Deployment's rollout is, the newest template that was applied to it counted. */
export function rolloutOf(deployment: DeploymentState | undefined): Rollout {
  if (deployment === undefined) return "Pending";
  const { generation, observedGeneration, desiredReplicas, replicas, updatedReplicas } = deployment;
  if (observedGeneration < generation) return "Progressing";
  if (deployment.hasMissedDeadline) return "Degraded";
  const isComplete = updatedReplicas >= desiredReplicas && replicas <= updatedReplicas;
  return isComplete && deployment.isAvailable ? "Complete" : "Progressing";
}

/** The component whose turn it still is before `component` may change its pods, if any. */
export function holdsUp(
  component: Component,
  deploymentOf: (component: Component) => OwnedObject | undefined,
): Component | undefined {
  const earlier = ROLLOUT_ORDER.slice(0, ROLLOUT_ORDER.indexOf(component));
  return earlier.find((each) => rolloutOf(deploymentOf(each)?.deployment) !== "Complete");
}
