/**
 * Findings of trivy that we accept, and why, by the ID of the check. Any other finding fails the tests, and so does an
 * exception that is no longer needed.
 */
const EVERYWHERE: Readonly<Record<string, string>> = {
  "KSV-0011": "No CPU limits: requests give each pod its share, and limits would only throttle.",
};

const SETTINGS: Readonly<Record<string, string>> = {
  ...EVERYWHERE,
  "KSV-01010": "The names of some settings look like those of secrets, which are in Secrets alone.",
};

export const ON_GKE: Readonly<Record<string, string>> = {
  ...SETTINGS,
  "KSV-0125": "Artifact Registry is not in its list of trusted registries.",
};

export const IN_DEVELOPMENT: Readonly<Record<string, string>> = {
  ...SETTINGS,
  "KSV-0014": "skaffold syncs changed files into the containers.",
};

/** The operator's rights are those that it uses, which a test compares with the API server's audit log. */
export const OF_THE_CHART: Readonly<Record<string, string>> = {
  ...EVERYWHERE,
  "KSV-0048": "The operator makes the Deployments of RoutingServices.",
  "KSV-0049": "It makes their ConfigMaps.",
  "KSV-0056": "It makes their Services, NetworkPolicies and Ingresses.",
};
