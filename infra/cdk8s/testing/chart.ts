import { join } from "node:path";
import type { TestCluster } from "@dumbwaiter/dev-env/cluster";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../src/kubernetes-object.ts";

export const CHART = join(import.meta.dirname, "../../../charts/dumbwaiter-operator");

/** The objects that Helm renders, including hooks, without access to the cluster. */
export async function rendered(
  cluster: TestCluster,
  namespace: string,
  values: object = {},
  args: readonly string[] = [],
): Promise<KubernetesObject[]> {
  const { stdout } = await cluster.helm(
    ["template", "dumbwaiter-operator", CHART, "--namespace", namespace, "--values", "-", ...args],
    { stdin: JSON.stringify(values) },
  );
  const documents = parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject | null);
  return documents.filter((object) => object !== null);
}
