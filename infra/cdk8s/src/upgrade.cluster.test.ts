import {
  type KubernetesObject,
  sharedCluster,
  type TestCluster,
  watchPods,
} from "@dumbwaiter/dev-env/cluster";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Environment } from "../environments/environment.ts";
import { gkeProduction } from "../environments/gke-production.ts";
import { installCrds } from "../testing/install-crds.ts";
import { installOnCluster } from "../testing/install-on-cluster.ts";

const REALTIME = "app.kubernetes.io/component=realtime";

/** The same environment with another release and other settings. */
function upgraded(environment: Environment): Environment {
  const { spec } = environment;
  return {
    ...environment,
    spec: {
      ...spec,
      images: { ...spec.images, tag: "0.2.0" },
      observability: { logLevel: "warn" },
      http: { allowedOrigins: ["https://another.example"] },
      realtime: { ...spec.realtime, resources: { cpu: "2", memory: "3Gi" }, drainSeconds: 60 },
      processor: { ...spec.processor, replicas: { min: 4, max: 40 } },
    },
  };
}

interface Finding extends KubernetesObject {
  readonly spec: {
    readonly selector?: unknown;
    readonly podSelector?: unknown;
    readonly scaleTargetRef?: unknown;
  };
}

/** The selectors and references of all objects. */
async function selectors(cluster: TestCluster, namespace: string): Promise<Record<string, unknown>> {
  const resources = "deployments,services,poddisruptionbudgets,networkpolicies,horizontalpodautoscalers";
  const objects = await cluster.objects<Finding>(resources, namespace);
  return Object.fromEntries(
    objects.map(({ kind, metadata, spec }) => [
      `${kind} ${metadata.name}`,
      spec.selector ?? spec.podSelector ?? spec.scaleTargetRef,
    ]),
  );
}

describe("an upgrade", () => {
  const installed = { ...gkeProduction, namespace: uniqueName() };
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await sharedCluster();
    await installCrds(cluster);
    await installOnCluster(cluster, installed);
  });
  afterAll(() => cluster?.removeNamespace(installed.namespace));

  it("changes no selector, and replaces every realtime pod without ever having too few ready", async () => {
    const { namespace } = installed;
    const before = await selectors(cluster, namespace);
    expect(Object.keys(before).length).toBeGreaterThan(12);
    expect(Object.values(before)).not.toContain(undefined);
    const old = new Set(await podNames(cluster, namespace));

    const watch = await watchPods(cluster, namespace, REALTIME);
    await installOnCluster(cluster, upgraded(installed));
    const { fewestReady, names } = watch.stop();

    expect(await selectors(cluster, namespace)).toEqual(before);
    const wanted = installed.spec.realtime?.replicas?.min ?? 0;
    const now = await podNames(cluster, namespace);
    expect(now).toHaveLength(wanted);
    expect(now.filter((name) => old.has(name))).toEqual([]);
    expect(names.size).toBe(2 * wanted);
    expect(fewestReady).toBe(wanted);
  });
});

async function podNames(cluster: TestCluster, namespace: string): Promise<string[]> {
  const { body } = await cluster.request(`/api/v1/namespaces/${namespace}/pods?labelSelector=${REALTIME}`);
  const pods = body.items as { metadata: { name: string; deletionTimestamp?: string } }[];
  return pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);
}
