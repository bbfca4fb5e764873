import { isBuiltInKind } from "@dumbwaiter/infra";
import { groupOf, type Kind, versionOf } from "@dumbwaiter/kubernetes";

/**
 * A CRD that accepts any content, for each required kind among the objects. To check the content too, use
 * `installCrds` of infra/cdk8s.
 */
export function permissiveCrds(objects: readonly Kind[]): object[] {
  const required = objects.filter((object) => !isBuiltInKind(object));
  const kinds = new Map(required.map((object) => [`${object.apiVersion}/${object.kind}`, object]));
  return [...kinds.values()].map((object) => crd(groupOf(object), versionOf(object), object.kind));
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
      // The API server requires it for groups below k8s.io.
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
