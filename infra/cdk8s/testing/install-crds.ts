import type { TestCluster } from "@dumbwaiter/dev-env/cluster";
import type { KubernetesObject } from "../src/kubernetes-object.ts";
import { DOCUMENTED_CRDS } from "./documented-crds.ts";
import { foreignCrds, HAS_CRDS, isBuiltIn } from "./foreign-crds.ts";

/** Lets a cluster take everything that we make; but for what needs others' CRDs where these are not here. */
export async function installCrds(cluster: TestCluster): Promise<void> {
  const { body } = await cluster.request("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
  const there = new Set((body.items as KubernetesObject[]).map(({ metadata }) => metadata.name));
  const all = [...DOCUMENTED_CRDS, ...(HAS_CRDS ? foreignCrds() : [])];
  const missing = all.filter(({ metadata }) => !there.has(metadata.name));
  // Others' definitions may well make the API server warn.
  const stdin = missing.map((crd) => JSON.stringify(crd)).join("\n");
  if (missing.length > 0) await cluster.kubectl(["apply", "--server-side", "-f", "-"], { stdin });
  const names = all.map(({ metadata }) => metadata.name);
  await cluster.kubectl(["wait", "crd", ...names, "--for=condition=Established", "--timeout=120s"]);
}

/** Whether a cluster with these CRDs takes the object. */
export function isServed(object: KubernetesObject): boolean {
  const isDocumented = DOCUMENTED_CRDS.some(({ spec }) => spec.names.kind === object.kind);
  return HAS_CRDS || isBuiltIn(object) || isDocumented;
}
