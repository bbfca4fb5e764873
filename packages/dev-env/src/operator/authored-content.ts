import type { KubeObject } from "@dumbwaiter/kubernetes";

const REVISION = "deployment.kubernetes.io/revision";

/** An object without what the API server and the controllers write: two of them can be compared. */
export function authoredContent({ status, metadata, ...content }: KubeObject): KubeObject {
  const { managedFields, resourceVersion, generation, uid, creationTimestamp, ...kept } = metadata;
  const { [REVISION]: revision, ...annotations } = kept.annotations ?? {};
  return { ...content, metadata: { ...kept, annotations } } as KubeObject;
}
