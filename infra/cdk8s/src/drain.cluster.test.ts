import { type OwnedCluster, startCluster, watchPods } from "@dumbwaiter/dev-env/cluster";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { gkeProduction } from "../environments/gke-production.ts";
import { installOnCluster } from "../testing/install-on-cluster.ts";
import { isBuiltInKind } from "./kubernetes-object.ts";
import { COMPONENTS } from "./spec/routing-service-props.ts";

const { namespace } = gkeProduction;

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName: string };
}

describe("a node's drain", () => {
  let cluster: OwnedCluster;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3 });
    await installOnCluster(cluster, gkeProduction, isBuiltInKind);
  });
  afterAll(() => cluster?.stop());

  /** Those of a component that are not terminating. */
  const pods = async (component: string): Promise<Pod[]> => {
    const selector = `app.kubernetes.io/component=${component}`;
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`;
    const { items } = (await cluster.request(path)).body as { items: Pod[] };
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  };

  const evict = (name: string) =>
    cluster.request(`/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
      method: "POST",
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } },
    });

  it("evicts one pod of a component at a time, and completes", async () => {
    const watches = await Promise.all(
      COMPONENTS.map((component) =>
        watchPods(cluster, namespace, `app.kubernetes.io/component=${component}`),
      ),
    );
    const [drained = ""] = (await pods("realtime")).map(({ spec }) => spec.nodeName);
    const on = async (component: string) =>
      (await pods(component)).filter(({ spec }) => spec.nodeName === drained).length;
    const before = await Promise.all(COMPONENTS.map(on));
    await cluster.kubectl(["drain", drained, "--timeout=120s"]);
    await cluster.untilAvailable(namespace);

    expect(await Promise.all(COMPONENTS.map(on))).toEqual([0, 0, 0]);
    // Each has three pods.
    const fewest = before.map((count) => (count > 0 ? 2 : 3));
    expect(watches.map((watch) => watch.stop().fewestReady)).toEqual(fewest);
    await cluster.kubectl(["uncordon", drained]);
  });

  it.each(COMPONENTS)("waits while a pod of %s has no replacement", async (component) => {
    const nodes = (await cluster.request("/api/v1/nodes")).body.items as Pod[];
    const names = nodes.map(({ metadata }) => metadata.name);
    await cluster.kubectl(["cordon", ...names]); // a replacement stays pending
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
