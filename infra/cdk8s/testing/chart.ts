import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import type { TestCluster } from "../../../tests/cluster/index.ts";
import type { KubernetesObject } from "../src/render.ts";

export const CHART = join(import.meta.dirname, "../../../charts/dumbwaiter-operator");

/** A folder that holds the values as a file, for `--values`. Returns the file's path. */
export async function valuesFile(values: object): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), "chart-")), "values");
  await mkdir(folder);
  const path = join(folder, "values.yaml");
  await writeFile(path, stringify(values));
  return path;
}

/** What `helm template` makes of the chart; the hooks among it. */
export async function rendered(
  cluster: TestCluster,
  namespace: string,
  values: object = {},
): Promise<KubernetesObject[]> {
  const { stdout } = await cluster.helm([
    ...["template", "dumbwaiter-operator", CHART, "--namespace", namespace],
    ...["--values", await valuesFile(values)],
  ]);
  return parseAllDocuments(stdout).flatMap((document) => (document.toJS() as KubernetesObject | null) ?? []);
}
