import { sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
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
import type { RoutingServiceSpecInput } from "@dumbwaiter/infra";
import { connectKubernetes, type KubeClient } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const ACCOUNT = "iam.gke.io/gcp-service-account";

let cluster: TestCluster;
let client: KubeClient;
let older: string;
let newer: string;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await sharedCluster();
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
  [older, newer] = [await cluster.namespace(), await cluster.namespace()];
  const kubeconfigPath = await grantRights(cluster, older, [older, newer]);
  operator = await startOperator({ kubeconfigPath, namespaces: [older, newer] });
});
afterAll(async () => {
  await operator?.stop();
  await client?.close();
  for (const namespace of [older, newer]) await cluster?.removeNamespace(namespace);
});

/** All its names are its own, but with all five IDs given, its Google service accounts have no namespace in theirs. */
function shop(
  namespace: string,
  workloadIdentity: "direct" | "impersonation" = "impersonation",
): RoutingService {
  const pubsub = {
    ingressTopic: `${namespace}-ingress`,
    ingressSubscription: `${namespace}-processor`,
    deadLetterTopic: `${namespace}-dead-letter`,
    deadLetterSubscription: `${namespace}-dead-letter`,
    pushTopic: `${namespace}-push`,
  };
  const google = { ...SMALL.google, pubsub, workloadIdentity, firestoreCollectionPrefix: `${namespace}.` };
  const spec: RoutingServiceSpecInput = {
    ...SMALL,
    google,
    redis: { ...SMALL.redis, keyPrefix: `${namespace}:` },
  };
  return routingService("shop", namespace, spec);
}

const accountsIn = async (namespace: string) =>
  (await client.list({ apiVersion: "v1", kind: "ServiceAccount" }, { namespace }))
    .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/instance"] === "shop")
    .map(({ metadata }) => metadata.annotations?.[ACCOUNT]);

it("of two that would impersonate the same Google service accounts, the second gets nothing", async () => {
  await applyRoutingService(client, shop(older));
  await untilCondition(client, shop(older), "Ready");
  const accounts = ["api", "processor", "realtime"].map(
    (component) => `shop-${component}@a-project.iam.gserviceaccount.com`,
  );
  expect(await accountsIn(older)).toEqual(accounts);

  await applyRoutingService(client, shop(newer));
  const refused = await untilCondition(client, shop(newer), "Degraded");
  for (const type of ["Degraded", "Ready"]) {
    expect(conditionOf(refused, type)).toMatchObject({ reason: "NamesInUse" });
  }
  expect(conditionOf(refused, "Degraded")?.message).toContain(
    `RoutingService ${older}/shop already uses Google service account shop-api (google.workloadIdentity)`,
  );
  expect(refused.status).not.toHaveProperty("inventory");
  expect(await accountsIn(newer)).toEqual([]);

  // Its pods have rights of their own instead.
  await applyRoutingService(client, shop(newer, "direct"));
  const ready = await untilCondition(client, shop(newer), "Ready");
  expect(conditionOf(ready, "Degraded")?.status).toBe("False");
  expect(await accountsIn(newer)).toEqual([undefined, undefined, undefined]);
  const first = (await client.get(shop(older))) as RoutingService;
  expect(conditionOf(first, "Ready")?.status).toBe("True");
  expect(await accountsIn(older)).toEqual(accounts);
});
