import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseAllDocuments, stringify } from "yaml";
import { CHART } from "../../testing/chart.ts";
import type { KubernetesObject } from "../kubernetes-object.ts";
import { VERSION } from "../version.ts";

const NAME = "dumbwaiter-operator";

let cluster: TestCluster;
/** Of a chart that has ours as its dependency. */
let parent: string;
beforeAll(async () => {
  cluster = await sharedCluster();
  parent = await mkdtemp(join(tmpdir(), "parent-chart-"));
  const dependency = { name: NAME, version: VERSION, condition: `${NAME}.enabled` };
  const chart = { apiVersion: "v2", name: "platform", version: "1.0.0", dependencies: [dependency] };
  await writeFile(join(parent, "Chart.yaml"), stringify(chart));
  await cp(CHART, join(parent, "charts", NAME), { recursive: true });
});
afterAll(() => rm(parent, { recursive: true }));

async function rendered(values: object): Promise<KubernetesObject[]> {
  const args = ["template", "platform", parent, "--namespace", "platform", "--values", "-"];
  const { stdout } = await cluster.helm(args, { stdin: JSON.stringify(values) });
  const documents = parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject | null);
  return documents.filter((object) => object !== null);
}

describe("the chart in a parent chart", () => {
  it("takes the global registry and pull secrets, and a name of its own", async () => {
    const global = { imageRegistry: "mirror.example/x", imagePullSecrets: [{ name: "mirror" }], other: true };
    const objects = await rendered({ global, [NAME]: { fullnameOverride: "operator" } });
    const deployment = objects.find(({ kind }) => kind === "Deployment");
    expect(deployment?.metadata.name).toBe("operator");
    expect(JSON.stringify(deployment)).toContain(`"image":"mirror.example/x/${NAME}:${VERSION}"`);
    expect(JSON.stringify(deployment)).toContain(`"imagePullSecrets":[{"name":"mirror"}]`);
  });

  it("can be turned off", async () => {
    expect(await rendered({ [NAME]: { enabled: false } })).toEqual([]);
  });
});
