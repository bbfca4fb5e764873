import { helmPath } from "../tools/helm.ts";
import { kubeconformPath, kubeScorePath } from "../tools/validation-tools.ts";
import { clusterBinary } from "./build-binary.ts";

/** Compiles and fetches what tests on a cluster need. */
export async function prepareCluster(): Promise<void> {
  await clusterBinary();
  await helmPath();
  await kubeconformPath();
  await kubeScorePath();
}
