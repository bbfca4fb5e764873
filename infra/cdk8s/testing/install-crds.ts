import type { TestCluster } from "@dumbwaiter/dev-env/cluster";
import type { KubernetesObject } from "../src/kubernetes-object.ts";
import { DOCUMENTED_CRDS } from "./documented-crds/index.ts";

/** Makes a cluster serve every kind that we create. */
export async function installCrds(cluster: TestCluster): Promise<void> {
  const { body } = await cluster.request("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
  const present = new Set((body.items as KubernetesObject[]).map(({ metadata }) => metadata.name));
  const missing = DOCUMENTED_CRDS.filter(({ metadata }) => !present.has(metadata.name));
  if (missing.length > 0) await cluster.apply(missing);
  await cluster.untilEstablished(...DOCUMENTED_CRDS.map(({ metadata }) => metadata.name));
}
