import { execFileSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { type KubernetesObject, sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { ENVIRONMENTS } from "../environments/index.ts";
import { DIST, manifestsOf, objectsIn } from "../testing/dist.ts";
import { HAS_CRDS } from "../testing/foreign-crds.ts";
import { installCrds, isServed } from "../testing/install-crds.ts";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await sharedCluster();
  await installCrds(cluster);
});

if (!HAS_CRDS) {
  it("needs the CRDs in ../shared/crds to apply everything, which are not here", () => {
    expect(process.env.CI ?? "").toBe("");
  });
}

it("changes nothing when it is made anew", () => {
  const status = () => execFileSync("git", ["status", "--porcelain", "--", DIST], { encoding: "utf8" });
  const before = status();
  const written = execFileSync(process.execPath, [join(import.meta.dirname, "main.ts")], {
    encoding: "utf8",
  });
  expect({ written, status: status() }).toEqual({ written: "", status: before });
});

describe.each(ENVIRONMENTS)("dist/$id", ({ id, namespace }) => {
  it("is accepted, file after file and without a warning, where `restricted` is enforced", async () => {
    for (const path of manifestsOf(id)) {
      const what = HAS_CRDS ? path : objectsIn(path).filter(isServed);
      const { stdout, warnings } = await cluster.apply(what);
      expect(warnings).toEqual([]);
      expect(stdout.trim().split("\n")).toHaveLength(objectsIn(path).filter(isServed).length);
    }
    const { body } = await cluster.request(`/api/v1/namespaces/${namespace}`);
    expect(body.metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
  });

  it("becomes available", () => cluster.untilAvailable(namespace));

  it("is stored as it is written: applied again, it changes nothing", async () => {
    const generations = async () => {
      const what = HAS_CRDS ? join(DIST, id) : manifestsOf(id).flatMap(objectsIn).filter(isServed);
      const { stdout } = await cluster.apply(what, ["-o", "json"]);
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
