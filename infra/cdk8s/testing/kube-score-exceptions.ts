/**
 * What kube-score finds fault with and we keep, with the reason; by its names of the checks. Anything else it finds
 * fails the tests, and so does an exception that has become needless.
 */
export const EVERYWHERE: Readonly<Record<string, string>> = {
  "container-image-pull-policy":
    "A tag is a version and never moves; a node that has the image starts without its registry.",
  "container-ephemeral-storage-request-and-limit":
    "Nothing is written but the log, which the kubelet rotates: the root is read-only and there is no volume.",
};

export const ON_GKE: Readonly<Record<string, string>> = {
  "deployment-has-host-podantiaffinity":
    "Topology spread does that over zones and nodes, and leaves no pod pending where there are too few nodes.",
};

export const IN_DEVELOPMENT: Readonly<Record<string, string>> = {
  "deployment-replicas": "One of each is enough to develop with.",
  "deployment-strategy": "A server that keeps its data in memory has no successor to hand over to.",
  "container-security-context-readonlyrootfilesystem": "skaffold syncs changed files into the containers.",
  "pod-probes": "The container that makes the topics and subscriptions serves nobody.",
};

/** A processor that waits for its turn is better than one that is throttled; requests give each its share. */
export const WITHOUT_CPU_LIMIT = "--ignore-container-cpu-limit";
