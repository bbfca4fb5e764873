import type { KubeObject } from "@dumbwaiter/kubernetes";
import type { OwnedObject } from "./owned-object.ts";

/**
 * A Deployment that an autoscaler is to scale says nothing of its replicas. Yet a field that its only owner no longer
 * applies falls back to its default, which is 1. So we go on applying the number that is there until another owns
 * it, and only to the state that we read it from.
 *
 * @param live undefined when there is none yet
 * @returns what to apply; a conflict when `live` is not the newest state
 */
export function withReplicas(
  content: KubeObject,
  live: OwnedObject | undefined,
  firstReplicas: number,
): KubeObject {
  if (live === undefined) return replicated(content, firstReplicas);
  const { uid, resourceVersion, deployment } = live;
  const metadata = { ...content.metadata, uid, resourceVersion };
  if (!deployment?.replicasAreOurs) return { ...content, metadata };
  return replicated({ ...content, metadata }, deployment.desiredReplicas);
}

function replicated(content: KubeObject, replicas: number): KubeObject {
  return { ...content, spec: { ...(content.spec as object), replicas } };
}
