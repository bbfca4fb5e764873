const PULL_POLICY = {
  "container-image-pull-policy":
    "A tag is a version and never moves; a node that has the image starts pods without the registry.",
};

/**
 * Findings of kube-score that we accept, and why, by the name of the check. Any other finding fails the tests, and so
 * does an exception that is no longer needed.
 */
export const EVERYWHERE: Readonly<Record<string, string>> = {
  ...PULL_POLICY,
};

export const ON_GKE: Readonly<Record<string, string>> = {
  "deployment-has-host-podantiaffinity":
    "Topology spread constraints do this for zones and nodes, and leave no pod pending if there are too few nodes.",
};

/** Of the operator's chart. */
export const OF_THE_OPERATOR: Readonly<Record<string, string>> = { ...PULL_POLICY, ...ON_GKE };

export const IN_DEVELOPMENT: Readonly<Record<string, string>> = {
  "deployment-replicas": "One pod of each is enough for development.",
  "deployment-strategy": "A server that keeps its data in memory cannot hand it over to another pod.",
  "container-security-context-readonlyrootfilesystem": "skaffold syncs changed files into the containers.",
  "pod-probes": "The container that creates the topics and subscriptions serves no traffic.",
};

/** No CPU limits: requests give each pod its share, and limits would only throttle. */
export const WITHOUT_CPU_LIMIT = "--ignore-container-cpu-limit";
