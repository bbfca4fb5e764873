import { execFileSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { type KubernetesObject, sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { ENVIRONMENTS } from "../environments/index.ts";
import { DIST, manifestsOf, objectsIn } from "../testing/dist.ts";
import { installCrds } from "../testing/install-crds.ts";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await sharedCluster();
  await installCrds(cluster);
});

it("does not change when it is generated again", () => {
  const status = () => execFileSync("git", ["status", "--porcelain", "--", DIST], { encoding: "utf8" });
  const before = status();
  const written = execFileSync(process.execPath, [join(import.meta.dirname, "main.ts")], {
    encoding: "utf8",
  });
  expect({ written, status: status() }).toEqual({ written: "", status: before });
});

describe.each(ENVIRONMENTS)("dist/$id", ({ id, namespace }) => {
  it("is accepted file by file, without a warning, in a namespace that enforces `restricted`", async () => {
    for (const path of manifestsOf(id)) {
      const { stdout, warnings } = await cluster.apply(path);
      expect(warnings).toEqual([]);
      expect(stdout.trim().split("\n")).toHaveLength(objectsIn(path).length);
    }
    const { body } = await cluster.request(`/api/v1/namespaces/${namespace}`);
    expect(body.metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
  });

  it("becomes available", () => cluster.untilAvailable(namespace));

  it("is stored as written: applying it again changes nothing", async () => {
    const generations = async () => {
      const { stdout } = await cluster.apply(join(DIST, id), ["-o", "json"]);
      const { items } = JSON.parse(stdout) as { items: Stored[] };
      // Some kinds have no generation, and controllers may write to the status of each.
      return items.map(({ status, metadata: { name, generation }, ...content }) => ({
        [`${content.kind} ${name}`]: generation ?? content,
      }));
    };
    expect(await generations()).toEqual(await generations());
  });
});

interface Stored extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & { readonly generation?: number };
  readonly status?: unknown;
}
