import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type ApiProxy, sharedCluster, startApiProxy } from "@dumbwaiter/dev-env/cluster";
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
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const WAIT_MS = 60_000;
const LABEL = "app.kubernetes.io/instance=middle";

let proxy: ApiProxy;
let client: KubeClient;
let operator: OperatorProcess;
let namespace: string;
const deaths: string[] = [];

beforeAll(async () => {
  const cluster = await sharedCluster();
  namespace = await cluster.namespace();
  const kubeconfigPath = await grantRights(cluster, namespace);
  proxy = await startApiProxy({ ...cluster.address, kubeconfigPath });
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
  operator = await startOperator({
    kubeconfigPath: proxy.kubeconfigPath,
    namespaces: [namespace],
    onDeath: (report) => deaths.push(report),
  });
});
afterAll(async () => {
  await operator?.stop();
  await client?.close();
  await proxy?.close();
});

const list = (apiVersion: string, kind: string) =>
  client.list({ apiVersion, kind }, { namespace, labelSelector: LABEL });

it("a RoutingService that is deleted while it is reconciled leaves nothing behind", async () => {
  const service = routingService("middle", namespace);
  const deleted = Promise.withResolvers<void>();
  let held = 0;
  // The first Deployment is created only once the RoutingService and the objects created before are gone.
  proxy.intercept(async ({ method, url = "" }) => {
    if (method !== "PATCH" || !url.includes("/deployments/middle-")) return "pass";
    if (held++ > 0) return "pass";
    await client.delete(service);
    await eventually(async () => {
      expect(await exists(client, service)).toBe(false);
      expect(await list("v1", "ServiceAccount")).toEqual([]);
    }, WAIT_MS);
    deleted.resolve();
    return "pass";
  });
  await applyRoutingService(client, service);
  await deleted.promise;
  await eventually(async () => {
    const left = [
      await list("apps/v1", "Deployment"),
      await list("v1", "ConfigMap"),
      await list("v1", "Service"),
    ];
    expect(left.flat().map(({ metadata }) => metadata.name)).toEqual([]);
    expect(await operator.metric("dumbwaiter_operator_routing_services")).toBe(0);
    expect(await operator.metric("dumbwaiter_operator_queue_depth")).toBe(0);
  }, WAIT_MS);

  await applyRoutingService(client, service);
  const ready = await untilCondition(client, service, "Ready");
  const made = await ownedObjects(client, ready);
  expect(made.every(({ metadata }) => metadata.ownerReferences?.[0]?.uid === ready.metadata.uid)).toBe(true);
  expect(deaths).toEqual([]);
});
