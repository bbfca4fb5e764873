import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type OwnedCluster, startCluster, watchPods } from "../../../tests/cluster/index.ts";
import { isBuiltIn } from "../testing/foreign-crds.ts";
import { installOnCluster } from "../testing/install-on-cluster.ts";
import { gkeProduction } from "./environments/gke-production.ts";
import { COMPONENTS } from "./routing-service-props.ts";

const { namespace } = gkeProduction;

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName: string };
}

describe("a node's drain", () => {
  let cluster: OwnedCluster;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3 });
    await installOnCluster(cluster, gkeProduction, isBuiltIn);
  });
  afterAll(() => cluster?.stop());

  const pods = async (component: string): Promise<Pod[]> => {
    const selector = `app.kubernetes.io/component=${component}`;
    return (await cluster.request(`/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`)).body
      .items;
  };

  const evict = (name: string) =>
    cluster.request(`/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
      method: "POST",
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } },
    });

  it("takes one pod of a component at a time, and ends", async () => {
    const watches = await Promise.all(
      COMPONENTS.map((component) =>
        watchPods(cluster, namespace, `app.kubernetes.io/component=${component}`),
      ),
    );
    const [pod] = await pods("realtime");
    const drained = pod?.spec.nodeName ?? "";
    const others = (await Promise.all(COMPONENTS.map(pods)))
      .flat()
      .filter(({ spec }) => spec.nodeName === drained);
    expect(others.length).toBeGreaterThan(0);
    await cluster.kubectl(["drain", drained, "--timeout=90s"]);
    await cluster.untilAvailable(namespace);

    const left = (await Promise.all(COMPONENTS.map(pods))).flat();
    expect(left.filter(({ spec }) => spec.nodeName === drained)).toEqual([]);
    for (const watch of watches) expect(watch.stop().fewestReady).toBeGreaterThanOrEqual(2);
    await cluster.kubectl(["uncordon", drained]);
  });

  it.each(COMPONENTS)("waits while a pod of %s has no successor", async (component) => {
    const nodes = (await cluster.request("/api/v1/nodes")).body.items as Pod[];
    const names = nodes.map(({ metadata }) => metadata.name);
    await cluster.kubectl(["cordon", ...names]); // a successor stays pending
    const [first, second] = await pods(component);
    expect(await evict(first?.metadata.name ?? "")).toMatchObject({ status: 201 });
    expect(await evict(second?.metadata.name ?? "")).toMatchObject({
      status: 429,
      body: { details: { causes: [{ reason: "DisruptionBudget" }] } },
    });
    await cluster.kubectl(["uncordon", ...names]);
    await cluster.untilAvailable(namespace);
  });
});
