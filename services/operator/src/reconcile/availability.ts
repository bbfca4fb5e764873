import type { DeploymentState } from "@dumbwaiter/routing-service";

/** Whether a component serves with at least the minimum of pods. */
export interface Availability {
  readonly isAvailable: boolean;
  readonly message: string;
  /** Why its rollout makes no progress, by the Deployment's condition. */
  readonly deadlineMessage: string;
  /** Why pods cannot be created, if so. */
  readonly replicaFailure: string | undefined;
}

export function availabilityOf(deployment: DeploymentState | undefined, minimum: number): Availability {
  if (deployment === undefined) {
    return {
      isAvailable: false,
      message: "Deployment not found",
      deadlineMessage: "",
      replicaFailure: undefined,
    };
  }
  const { availableReplicas, desiredReplicas, deadlineMessage, replicaFailure } = deployment;
  const isAvailable = availableReplicas >= minimum;
  const counts = `${availableReplicas} of ${desiredReplicas} pods available, at least ${minimum} required`;
  const reason =
    replicaFailure ?? (desiredReplicas === 0 ? "the Deployment is scaled to 0" : deadlineMessage);
  return {
    isAvailable,
    message: isAvailable || reason === "" ? counts : `${counts}: ${reason}`,
    deadlineMessage,
    replicaFailure,
  };
}
