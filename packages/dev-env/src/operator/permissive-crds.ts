interface ObjectOfKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Groups that the API server serves by itself. */
const BUILT_IN = ["", "apps", "autoscaling", "networking.k8s.io", "policy"];

/**
 * A CRD that accepts any content, for each custom kind among the objects. To check the content too, use
 * `installCrds` of infra/cdk8s.
 */
export function permissiveCrds(objects: readonly ObjectOfKind[]): object[] {
  const kinds = new Map(
    objects.map(({ apiVersion, kind }) => [`${apiVersion}/${kind}`, { apiVersion, kind }]),
  );
  return [...kinds.values()].flatMap(({ apiVersion, kind }) => {
    const [version = "", group = ""] = apiVersion.split("/").reverse();
    return BUILT_IN.includes(group) ? [] : [crd(group, version, kind)];
  });
}

function crd(group: string, version: string, kind: string): object {
  const singular = kind.toLowerCase();
  const plural = singular.endsWith("policy") ? `${singular.slice(0, -1)}ies` : singular.replace(/s?$/, "s");
  const openAPIV3Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // Without it the API server takes nothing into groups below k8s.io.
      annotations: { "api-approved.kubernetes.io": "https://github.com/kubernetes/enhancements/pull/1111" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema },
          subresources: { status: {} },
        },
      ],
    },
  };
}
