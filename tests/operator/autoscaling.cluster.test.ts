import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  eventMessages,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { watchReplicas } from "@dumbwaiter/dev-env/operator/watched-replicas";
import type { RoutingServiceSpecInput } from "@dumbwaiter/infra";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 90_000;

let fixture: OperatorFixture;
beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster());
});
afterAll(() => fixture?.stop());

const scaled = (min: number, max: number): RoutingServiceSpecInput => ({
  ...SMALL,
  api: { replicas: { min, max } },
});

const replicasOf = (object: KubeObject) => (object.spec as { replicas: number }).replicas;

describe("the number of pods", () => {
  it("never drops when autoscaling is turned on, scales, and is turned off", async () => {
    const { client, cluster, namespace } = fixture;
    const apply = (min: number, max: number) =>
      applyRoutingService(client, routingService("h", namespace, scaled(min, max)));
    const service = await untilCondition(client, await apply(3, 3), "Ready");
    const replicas = await watchReplicas(client, service, "api");
    const { seen, now, managers } = replicas;
    const metadata = { name: "h-api", namespace };
    const autoscaler = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata };

    // The target is 300m a pod: 60 % of its request.
    await cluster.setLoad(namespace, { cpuMillicores: 900 });
    await apply(3, 6);
    await eventually(async () => expect(await client.get(autoscaler)).toBeDefined(), WAIT_MS);
    await untilCondition(client, service, "Ready");
    expect(await managers()).toEqual(["dumbwaiter-operator"]);

    await cluster.setLoad(namespace, { cpuMillicores: 1800 });
    await eventually(() => expect(now()).toBe(6), WAIT_MS);
    await eventually(async () => expect(await managers()).toEqual(["kube-controller-manager"]), WAIT_MS);
    await untilCondition(client, service, "Ready");

    await apply(5, 5);
    await eventually(async () => {
      expect(now()).toBe(5);
      expect(await managers()).toEqual(["dumbwaiter-operator"]);
    }, WAIT_MS);
    await expect(client.get(autoscaler)).rejects.toMatchObject({ status: 404 });
    await untilCondition(client, service, "Ready");
    await replicas.stop();
    expect(Math.min(...seen)).toBe(3);
    expect(Math.min(...seen.slice(seen.indexOf(6)))).toBe(5);
    // The handover between operator and autoscaler is not drift.
    expect(await eventMessages(client, namespace, "DriftRepaired")).toEqual([]);
    expect(fixture.deaths).toEqual([]);
  });

  it("starts with the minimum if an autoscaler scales from the start", async () => {
    const { client, cluster, namespace } = fixture;
    await cluster.setLoad(namespace, { cpuMillicores: 0 });
    const service = await applyRoutingService(client, routingService("n", namespace, scaled(4, 8)));
    await untilCondition(client, service, "Ready");
    const labelSelector = "app.kubernetes.io/component=api,app.kubernetes.io/instance=n";
    const [deployment] = await client.list(
      { apiVersion: "apps/v1", kind: "Deployment" },
      { namespace, labelSelector },
    );
    expect(replicasOf(deployment as KubeObject)).toBe(4);
  });
});
