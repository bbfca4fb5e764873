import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { CommandError, type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster";
import { applyAs010 } from "@dumbwaiter/dev-env/operator/apply-as-010";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import {
  applyRoutingService,
  conditionOf,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { VERSION } from "@dumbwaiter/infra";
import { CRD_OF_010, NAMES_OF_010, objectsOf010 } from "@dumbwaiter/infra/testing/version-010";
import { connectKubernetes, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

/** A cluster of its own, with the CRD of version 0.1.0 at first. */
let cluster: OwnedCluster;
let client: KubeClient;
let namespace: string;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await startCluster();
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
  namespace = await cluster.namespace();
  await cluster.apply([CRD_OF_010]);
  await cluster.untilEstablished("routingservices.dumbwaiter.io");
}, 240_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
  await cluster?.stop();
});

async function podsAndSettings() {
  const labelSelector = "app.kubernetes.io/instance=shop";
  const list = (apiVersion: string, kind: string) =>
    client.list({ apiVersion, kind }, { namespace, labelSelector });
  return {
    pods: (await list("v1", "Pod")).map(({ metadata }) => metadata.uid).sort(),
    deployments: (await list("apps/v1", "Deployment")).map(({ metadata }) => metadata.generation),
    settings: (await list("v1", "ConfigMap")).map(({ metadata, data }) => [metadata.name, data]),
  };
}

const get = async (name: string) => (await client.get(routingService(name, namespace))) as RoutingService;

/** The tests follow one another, as in the life of an installation. */
it("the API server stored the names of version 0.1.0, though nobody had written them", async () => {
  const shop = await applyRoutingService(client, routingService("shop", namespace));
  // Two of them shared everything.
  await applyRoutingService(client, routingService("twin", namespace));
  await applyAs010(client, shop, objectsOf010(namespace) as KubeObject[]);
  await cluster.untilAvailable(namespace);

  const before = await podsAndSettings();
  expect([before.pods.length, before.settings.length]).toEqual([3, 3]);
  const kubeconfigPath = await grantRights(cluster, namespace);
  expect((await get("shop")).spec.google.pubsub).toEqual(NAMES_OF_010);
  expect((await get("shop")).spec.google).not.toHaveProperty("firestoreCollectionPrefix");

  operator = await startOperator({ kubeconfigPath, namespaces: [namespace] });
  await eventually(async () => expect((await get("shop")).status).toMatchObject({ version: VERSION }));
  const ready = await untilCondition(client, routingService("shop", namespace), "Ready");
  expect(ready.status?.names).toEqual({ ...NAMES_OF_010, firestoreCollectionPrefix: "", redisKeyPrefix: "" });
  expect(ready.status?.inventory).toHaveLength(objectsOf010(namespace).length);
  // Each pod is replaced once: its heap has another size.
  await eventually(async () => {
    const { pods, deployments, settings } = await podsAndSettings();
    expect([pods.length, deployments, settings]).toEqual([3, [2, 2, 2], before.settings]);
  });
}, 240_000);

it("of two that shared everything, the first goes on, and nothing of the other is changed", async () => {
  const twin = await untilCondition(client, routingService("twin", namespace), "Degraded");
  expect(conditionOf(twin, "Degraded")?.reason).toBe("NamesInUse");
  expect(conditionOf(twin, "Degraded")?.message).toContain(`RoutingService ${namespace}/shop already uses`);
  expect(twin.status).not.toHaveProperty("inventory");
});

it("what was applied again without the names keeps them, by whichever kind of apply", async () => {
  const changed = { ...SMALL, observability: { logLevel: "warn" as const } };
  await applyRoutingService(client, routingService("shop", namespace, changed));
  await untilCondition(client, routingService("shop", namespace), "Ready");
  expect((await get("shop")).status?.names).toMatchObject(NAMES_OF_010);

  // A manifest that replaces the stored object would take them away.
  const { metadata } = await get("shop");
  const manifest = routingService("shop", namespace, SMALL);
  const stdin = JSON.stringify({ ...manifest, metadata: { ...manifest.metadata, uid: metadata.uid } });
  const error = await cluster.kubectl(["replace", "-f", "-"], { stdin }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CommandError);
  const { stderr } = (error as CommandError).result;
  expect(stderr).toContain("google.pubsub.ingressTopic and ingressSubscription are immutable");
  expect(stderr).toContain("google.pubsub: IDs must not be removed");
});

it("a new one beside it has names of its own", async () => {
  await applyRoutingService(client, routingService("fresh", namespace));
  const fresh = await untilCondition(client, routingService("fresh", namespace), "Ready");
  expect(fresh.spec.google.pubsub).toEqual({});
  expect(fresh.status?.names).toMatchObject({
    ingressTopic: `dumbwaiter-ingress.${namespace}.fresh`,
    firestoreCollectionPrefix: `${namespace}.fresh.`,
    redisKeyPrefix: `${namespace}.fresh:`,
  });
});
