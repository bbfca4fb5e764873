/**
 * Findings of checkov that we accept, and why, by the ID of the check. Any other finding fails the tests, and so does an
 * exception that is no longer needed.
 */
const EVERYWHERE: Readonly<Record<string, string>> = {
  CKV_K8S_11: "No CPU limits: requests give each pod its share, and limits would only throttle.",
};

const BY_TAG: Readonly<Record<string, string>> = {
  CKV_K8S_15:
    "A tag is a version and never moves; a node that has the image starts pods without the registry.",
  CKV_K8S_43: "The digests of a build are not known before it: a release's images.yaml and chart have them.",
};

export const ON_GKE: Readonly<Record<string, string>> = { ...EVERYWHERE, ...BY_TAG };

export const IN_DEVELOPMENT: Readonly<Record<string, string>> = {
  ...ON_GKE,
  CKV_K8S_8: "The emulators, Redis and the issuer of a development cluster need no restart by a probe.",
  CKV_K8S_9: "The emulators are ready when the container that creates the topics has succeeded.",
  CKV_K8S_22: "skaffold syncs changed files into the containers.",
};

/** Of the operator's chart with an image by digest, as in a release. */
export const OF_A_RELEASED_CHART: Readonly<Record<string, string>> = {
  ...EVERYWHERE,
  CKV_K8S_38: "The operator calls the API server with the token of its service account.",
};

export const OF_THE_CHART: Readonly<Record<string, string>> = { ...OF_A_RELEASED_CHART, ...BY_TAG };
