import { clusterBinary } from "./build-binary.ts";
import { helmPath } from "./helm.ts";
import { kubeconformPath, kubeScorePath } from "./validation-tools.ts";

/** Compiles and fetches what tests on a cluster need. */
export async function prepareCluster(): Promise<void> {
  await clusterBinary();
  await helmPath();
  await kubeconformPath();
  await kubeScorePath();
}
