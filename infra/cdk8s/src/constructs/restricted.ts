import type { k8s } from "cdk8s-plus-27";

/** The user of distroless images; whatever the image says, it is never root. */
const NOBODY = 65532;

/** What the Pod Security Standard `restricted` wants of a pod. */
export const RESTRICTED_POD: k8s.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: NOBODY,
  runAsGroup: NOBODY,
  seccompProfile: { type: "RuntimeDefault" },
};

/** What it wants of each container. */
export function restrictedContainer(readOnlyRootFilesystem = true): k8s.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem,
  };
}
