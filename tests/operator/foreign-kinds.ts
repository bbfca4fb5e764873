import { groupOf, type KubeObject, versionOf } from "@dumbwaiter/kubernetes";
import type { TestCluster } from "../cluster/index.ts";

const OURS = new Set(["", "apps", "autoscaling", "policy", "networking.k8s.io"]);

/**
 * Installs a CRD for each kind of these objects that Kubernetes itself does not have. They take any content: what
 * Google's and Prometheus's own would refuse is tested where the objects are made.
 *
 * @returns the CRDs
 */
export async function installForeignKinds(
  cluster: TestCluster,
  objects: readonly Pick<KubeObject, "apiVersion" | "kind">[],
): Promise<KubeObject[]> {
  const foreign = new Map(
    objects
      .filter((object) => !OURS.has(groupOf(object)))
      .map((object) => [`${groupOf(object)}/${object.kind}`, object]),
  );
  const crds = [...foreign.values()].map(crdOf);
  if (crds.length === 0) return [];
  await cluster.apply(crds);
  const names = crds.map(({ metadata }) => `crd/${metadata.name}`);
  await cluster.kubectl(["wait", ...names, "--for=condition=Established", "--timeout=60s"]);
  return crds;
}

function crdOf(object: Pick<KubeObject, "apiVersion" | "kind">): KubeObject {
  const group = groupOf(object);
  const singular = object.kind.toLowerCase();
  const plural = pluralOf(singular);
  const any = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
    metadata: {
      name: `${plural}.${group}`,
      // Kubernetes guards the names of its own projects.
      annotations: { "api-approved.kubernetes.io": "unapproved, for tests" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: object.kind, plural, singular },
      versions: [{ name: versionOf(object), served: true, storage: true, schema: { openAPIV3Schema: any } }],
    },
  };
}

function pluralOf(singular: string): string {
  if (singular.endsWith("y")) return `${singular.slice(0, -1)}ies`;
  return singular.endsWith("s") ? singular : `${singular}s`;
}
