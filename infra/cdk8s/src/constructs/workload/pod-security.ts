import type { k8s } from "cdk8s-plus-27";

/** The user `nonroot` of distroless images, set here so that it does not depend on the image. */
const NOBODY = 65532;

/** What the Pod Security Standard `restricted` requires of a pod. */
export const RESTRICTED_POD: k8s.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: NOBODY,
  runAsGroup: NOBODY,
  seccompProfile: { type: "RuntimeDefault" },
};

/** What it requires of each container. */
export function restrictedContainer(readOnlyRootFilesystem = true): k8s.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem,
  };
}
