import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import type { TestCluster } from "../../../tests/cluster/index.ts";
import type { KubernetesObject } from "../src/render.ts";

export const CHART = join(import.meta.dirname, "../../../charts/dumbwaiter-operator");

/** A file of values, for `--values`. */
export async function valuesFile(values: object): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "values-")), "values.yaml");
  await writeFile(path, stringify(values, { version: "1.1" }));
  return path;
}

/** What helm makes of the chart, hooks and all, without asking the cluster. */
export async function rendered(
  cluster: TestCluster,
  namespace: string,
  values: object = {},
): Promise<KubernetesObject[]> {
  const { stdout } = await cluster.helm([
    ...["template", "dumbwaiter-operator", CHART, "--namespace", namespace],
    ...["--values", await valuesFile(values)],
  ]);
  const documents = parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject | null);
  return documents.filter((object) => object !== null);
}
