import type { KubeObject } from "@dumbwaiter/kubernetes";
import type { OwnedObject } from "./owned-object.ts";

/**
 * A Deployment that an autoscaler scales must not set its replicas. But a field that its only owner no longer applies
 * is reset to its default, here 1. So we keep applying the current number until another manager owns the field, and
 * only to the resource version that we read it from.
 *
 * @param live undefined if it does not exist yet
 * @returns what to apply; the apply conflicts if `live` is outdated
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
