import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  conditionOf,
  eventMessages,
  exists,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { watchReplicas } from "@dumbwaiter/dev-env/operator/watched-replicas";
import type { RoutingServiceSpecInput } from "@dumbwaiter/infra";
import { KEDA_CRDS } from "@dumbwaiter/infra/testing/documented-crds/keda";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";

type Mode = "none" | "hpa" | "external";

const WAIT_MS = 90_000;
const EXAMPLE = join(import.meta.dirname, "../../examples/keda");

let fixture: OperatorFixture;
beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster());
});
afterAll(() => fixture?.stop());

const scaledBy = (mode: Mode, min: number, max: number): RoutingServiceSpecInput => ({
  ...SMALL,
  api: { replicas: { min, max }, autoscaling: { mode } },
});

function autoscaler(name: string): KubeObject {
  const metadata = { name, namespace: fixture.namespace };
  return { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata };
}

/** As KEDA makes one for a ScaledObject: by CPU, at 300m a pod. */
function kedasAutoscaler(target: string, minReplicas: number, maxReplicas: number): KubeObject {
  const { metadata, ...rest } = autoscaler(`keda-hpa-${target}`);
  const averageUtilization = 60;
  return {
    ...rest,
    metadata: { ...metadata, labels: { "app.kubernetes.io/managed-by": "keda-operator" } },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target },
      ...{ minReplicas, maxReplicas },
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } },
      ],
    },
  };
}

/** Writes the number as an autoscaler does: through the subresource. */
async function scale(deployment: string, replicas: number): Promise<void> {
  const { cluster, namespace } = fixture;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}/scale?fieldManager=keda`;
  const contentType = "application/merge-patch+json";
  const { status } = await cluster.request(path, {
    ...{ method: "PATCH", contentType },
    body: { spec: { replicas } },
  });
  expect(status).toBe(200);
}

describe("another autoscaler", () => {
  it("takes over from ours and gives back, and the number of pods never dips", async () => {
    const { client, cluster, namespace } = fixture;
    const apply = async (mode: Mode, min: number, max: number, more = {}): Promise<RoutingService> => {
      const spec = { ...scaledBy(mode, min, max), ...more };
      const applied = await applyRoutingService(client, routingService("x", namespace, spec));
      return untilCondition(client, applied, "Ready");
    };
    await cluster.setLoad(namespace, { cpuMillicores: 1800 });
    const service = await apply("hpa", 3, 6);
    const replicas = await watchReplicas(client, service, "api");
    const { now, managers } = replicas;
    await eventually(() => expect(now()).toBe(6), WAIT_MS);
    const scaledAt = replicas.seen.length - 1;
    const fewest = () => Math.min(...replicas.seen.slice(scaledAt));

    // Ours goes; nobody scales until KEDA's comes.
    await apply("external", 3, 10);
    expect(await exists(client, autoscaler("x-api"))).toBe(false);
    expect(now()).toBe(6);
    const kedas = kedasAutoscaler("x-api", 3, 10);
    await cluster.setLoad(namespace, { cpuMillicores: 2400 });
    await client.apply(kedas, { fieldManager: "keda" });
    await eventually(() => expect(now()).toBe(8), WAIT_MS);
    // An apply of the Deployment leaves the number alone.
    await apply("external", 3, 10, { observability: { logLevel: "debug" } });
    expect(now()).toBe(8);
    expect(await managers()).toEqual(["kube-controller-manager"]);
    expect(await exists(client, kedas)).toBe(true);

    // KEDA's goes; what it wrote by itself stays, too.
    await client.delete(kedas);
    await eventually(async () => {
      await scale("x-api", 9);
      expect(await managers()).toEqual(["keda"]);
    }, WAIT_MS);
    await apply("external", 3, 10);
    expect(now()).toBe(9);
    expect(await managers()).toEqual(["keda"]);
    expect(fewest()).toBe(6);

    await apply("none", 7, 12);
    await eventually(async () => {
      expect(now()).toBe(7);
      expect(await managers()).toEqual(["dumbwaiter-operator"]);
    }, WAIT_MS);
    // From a number that we own to one that somebody else will.
    await apply("external", 3, 12);
    expect(now()).toBe(7);
    expect(await managers()).toEqual(["dumbwaiter-operator"]);
    await scale("x-api", 8);
    await eventually(async () => expect(await managers()).toEqual(["keda"]), WAIT_MS);

    await apply("hpa", 3, 12);
    await eventually(async () => expect(await exists(client, autoscaler("x-api"))).toBe(true), WAIT_MS);
    await cluster.setLoad(namespace, { cpuMillicores: 3000 });
    await eventually(() => expect(now()).toBe(10), WAIT_MS);
    await replicas.stop();
    expect(fewest()).toBe(6);
    expect(await eventMessages(client, namespace, "DriftRepaired")).toEqual([]);
    expect(conditionOf((await client.get(service)) as RoutingService, "Drifted")?.status).not.toBe("True");
    expect(fixture.deaths).toEqual([]);
  }, 300_000);

  it("begins with the minimum, which stays until it scales", async () => {
    const { client, namespace } = fixture;
    const applied = await applyRoutingService(
      client,
      routingService("y", namespace, scaledBy("external", 4, 8)),
    );
    const service = await untilCondition(client, applied, "Ready");
    expect(await exists(client, autoscaler("y-api"))).toBe(false);
    const replicas = await watchReplicas(client, service, "api");
    expect(replicas.now()).toBe(4);
    expect(await replicas.managers()).toEqual(["dumbwaiter-operator"]);
    await scale("y-api", 5);
    await eventually(async () => expect(await replicas.managers()).toEqual(["keda"]), WAIT_MS);
    await replicas.stop();
    expect(replicas.seen).not.toContain(1);
    expect(Math.min(...replicas.seen)).toBe(4);
  });
});

describe("the example for KEDA", () => {
  it("is what KEDA's CRD takes, and not more", async () => {
    const { cluster, namespace } = fixture;
    await cluster.apply(KEDA_CRDS);
    const names = KEDA_CRDS.map(({ metadata }) => metadata.name);
    await cluster.kubectl(["wait", "crd", ...names, "--for=condition=Established", "--timeout=60s"]);
    const text = readFileSync(join(EXAMPLE, "scaled-objects.yaml"), "utf8");
    const objects = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
    const here = objects.map(
      (object): KubeObject => ({ ...object, metadata: { ...object.metadata, namespace } }),
    );
    await cluster.apply(here);
    const scaled = await cluster.objects("scaledobjects.keda.sh", namespace);
    expect(scaled.map(({ metadata }) => metadata.name).sort()).toEqual([
      ...["dumbwaiter-api", "dumbwaiter-processor", "dumbwaiter-realtime"],
    ]);
    const [first] = here;
    const spec = { ...(first?.spec as object), minReplicas: 3 };
    await expect(cluster.apply([{ ...first, spec }])).rejects.toThrow("minReplicas");
  });

  it("has the numbers of the ScaledObjects in the RoutingService, which the operator takes", async () => {
    const { client, namespace } = fixture;
    const { spec } = parse(readFileSync(join(EXAMPLE, "routing-service.yaml"), "utf8"));
    const scaled = parseAllDocuments(readFileSync(join(EXAMPLE, "scaled-objects.yaml"), "utf8"));
    for (const document of scaled) {
      const { spec: of } = document.toJS();
      const component = of.scaleTargetRef.name.replace("dumbwaiter-", "");
      expect(spec[component].replicas).toEqual({ min: of.minReplicaCount, max: of.maxReplicaCount });
    }
    const applied = await applyRoutingService(
      client,
      routingService("dumbwaiter", namespace, { ...SMALL, ...spec }),
    );
    await untilCondition(client, applied, "Ready");
  });
});
