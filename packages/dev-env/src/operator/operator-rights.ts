import { join } from "node:path";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { parseAllDocuments } from "yaml";
import type { TestCluster } from "../cluster/index.ts";
import { uniqueName } from "../servers/index.ts";
import { ROOT } from "../tools/project-folders.ts";

/** The operator's Helm chart. */
export const CHART = join(ROOT, "charts/dumbwaiter-operator");
const TEMPLATES = ["crd", "rbac", "service-account"];

/**
 * Creates the operator's service account and RBAC rules from its chart, and installs the CRD.
 *
 * @param watched the namespaces that it may use; all namespaces if empty
 * @param values other values of the chart, such as `{ "rbac.monitoring": false }`
 * @returns the path of a kubeconfig of that service account
 */
export async function grantRights(
  cluster: TestCluster,
  namespace: string,
  watched: readonly string[] = [namespace],
  values: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const only = TEMPLATES.flatMap((name) => ["--show-only", `templates/${name}.yaml`]);
  // The operator's default leader lease.
  const all = { leaseName: "dumbwaiter-operator", watchNamespaces: watched, ...values };
  const settings = Object.entries(all).flatMap(([name, value]) => [
    "--set-json",
    `${name}=${JSON.stringify(value)}`,
  ]);
  const { stdout } = await cluster.helm([
    "template",
    uniqueName("operator"),
    CHART,
    "--namespace",
    namespace,
    ...only,
    ...settings,
  ]);
  const objects = parseAllDocuments(stdout)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
  // Other tests may have applied the cluster-scoped objects with another field manager.
  await cluster.apply(objects, ["--force-conflicts"]);
  await cluster.untilEstablished("routingservices.dumbwaiter.io");
  const account = objects.find(({ kind }) => kind === "ServiceAccount");
  return cluster.serviceAccountKubeconfig(namespace, account?.metadata.name as string);
}
