import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import {
  applyRoutingService,
  exists,
  ownedObjects,
  routingService,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { connectKubernetes, type KubeClient } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

/** A cluster of its own: an operator of all namespaces would reconcile other tests' RoutingServices. */
let cluster: OwnedCluster;
let client: KubeClient;
let namespaces: readonly string[];
let operator: OperatorProcess | undefined;
const deaths: string[] = [];
const onDeath = (report: string) => void deaths.push(report);

beforeAll(async () => {
  cluster = await startCluster();
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
  namespaces = [await cluster.namespace(), await cluster.namespace(), await cluster.namespace()];
}, 240_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
  await cluster?.stop();
});

async function watchErrors(): Promise<number> {
  return (await operator?.metric("dumbwaiter_operator_watch_errors_total")) ?? Number.NaN;
}

/** The same name in each namespace, which must not be confused. */
const serviceIn = (namespace: string) => routingService("same", namespace);

describe("an operator", () => {
  it("reconciles several namespaces, and no others", async () => {
    const [first = "", second = "", other = ""] = namespaces;
    const kubeconfigPath = await grantRights(cluster, first, [first, second]);
    operator = await startOperator({ kubeconfigPath, namespaces: [first, second], onDeath });
    await applyRoutingService(client, serviceIn(other));
    const services = [first, second].map(serviceIn);
    for (const service of services) await applyRoutingService(client, service);
    for (const service of services) await untilCondition(client, service, "Ready");
    expect(await operator.metric("dumbwaiter_operator_routing_services")).toBe(2);

    const made = await ownedObjects(client, serviceIn(second));
    await client.delete(serviceIn(first));
    await eventually(async () => {
      expect(await operator?.metric("dumbwaiter_operator_routing_services")).toBe(1);
    }, 60_000);
    const kept = await ownedObjects(client, serviceIn(second));
    expect(kept.map(({ metadata }) => metadata.uid)).toEqual(made.map(({ metadata }) => metadata.uid));
    // As the API server created it.
    expect((await client.get(serviceIn(other))).status).toEqual({ observedGeneration: -1 });
    expect(await watchErrors()).toBe(0);
    await operator.stop();
  });

  it("reconciles all namespaces by default, including new ones", async () => {
    const [first = "", second = "", other = ""] = namespaces;
    const kubeconfigPath = await grantRights(cluster, first, []);
    const env = { WATCH_NAMESPACES: "" };
    operator = await startOperator({ kubeconfigPath, namespaces: [first], env, onDeath });
    const latest = await cluster.namespace();
    await applyRoutingService(client, serviceIn(latest));
    for (const namespace of [second, other, latest])
      await untilCondition(client, serviceIn(namespace), "Ready");
    expect(await operator.metric("dumbwaiter_operator_routing_services")).toBe(3);

    const [lost] = await ownedObjects(client, serviceIn(latest));
    if (lost === undefined) throw new Error("no owned object found");
    await client.delete(lost);
    await eventually(async () => expect(await exists(client, lost)).toBe(true), 60_000);
    expect(await watchErrors()).toBe(0);
    expect(deaths).toEqual([]);
  });
});
