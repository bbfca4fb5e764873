import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type ApiProxy, sharedCluster, startApiProxy, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import {
  applyRoutingService,
  exists,
  ownedObjects,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { connectKubernetes, type KubeClient } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 90_000;
const LEASES = ["one", "two"] as const;
const OF_OTHERS = "dumbwaiter_operator_routing_services_of_others";

let cluster: TestCluster;
let client: KubeClient;
let namespace: string;
let operators: OperatorProcess[];
let proxies: ApiProxy[];
/** The one that manages the RoutingServices at first, and the other one. */
let first: OperatorProcess;
let second: OperatorProcess;

/** Two installations, each the leader of its own lease. */
beforeAll(async () => {
  cluster = await sharedCluster();
  namespace = await cluster.namespace();
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
  proxies = [];
  const start = async (leaseName: string) => {
    const kubeconfigPath = await grantRights(cluster, namespace, [namespace], { leaseName });
    const proxy = await startApiProxy({ ...cluster.address, kubeconfigPath });
    proxies.push(proxy);
    const env = { LEASE_NAME: leaseName, RESYNC_SECONDS: "1" };
    return startOperator({ kubeconfigPath: proxy.kubeconfigPath, namespaces: [namespace], env });
  };
  operators = [await start(LEASES[0]), await start(LEASES[1])];
});
afterAll(async () => {
  await Promise.all((operators ?? []).map((operator) => operator.stop()));
  await client?.close();
  await Promise.all((proxies ?? []).map((proxy) => proxy.close()));
  await cluster?.removeNamespace(namespace);
});

const service = (name: string, spec = SMALL) => routingService(name, namespace, spec);
const nameOf = (operator: OperatorProcess) => `${namespace}/${LEASES[operators.indexOf(operator)]}`;
const handOver = (name: string, operator: OperatorProcess) =>
  cluster.kubectl([
    ...["annotate", "rsvc", name, "-n", namespace, "--overwrite"],
    `dumbwaiter.io/operator=${nameOf(operator)}`,
  ]);
const operatorOf = async (name: string) =>
  ((await client.get(service(name))) as RoutingService).status?.operator;

describe("two operators that watch one namespace", () => {
  it("agree on one that writes; the other notices", async () => {
    for (const operator of operators) {
      await eventually(
        async () => expect(await operator.metric("dumbwaiter_operator_leader")).toBe(1),
        WAIT_MS,
      );
    }
    await applyRoutingService(client, service("shared"));
    await untilCondition(client, service("shared"), "Ready", "True", WAIT_MS);
    const holder = await operatorOf("shared");
    const index = holder === `${namespace}/${LEASES[0]}` ? 0 : 1;
    expect(holder).toBe(`${namespace}/${LEASES[index]}`);
    first = operators[index] as OperatorProcess;
    second = operators[1 - index] as OperatorProcess;
    await eventually(async () => expect(await second.metric(OF_OTHERS)).toBe(1), WAIT_MS);
    expect(await first.metric(OF_OTHERS)).toBe(0);
  });

  it("do not undo each other's changes: the second writes nothing", async () => {
    const writes = await second.writes();
    const [deleted] = await ownedObjects(client, service("shared"));
    if (deleted === undefined) throw new Error("no owned object found");
    await client.delete(deleted);
    await eventually(async () => expect(await exists(client, deleted)).toBe(true), WAIT_MS);
    await applyRoutingService(client, service("shared", { ...SMALL, images: { tag: "2" } }));
    await untilCondition(client, service("shared"), "Ready", "True", WAIT_MS);
    const reconciles = await second.metric("dumbwaiter_operator_reconciles_total", { result: "other" });
    await eventually(async () => {
      const now = await second.metric("dumbwaiter_operator_reconciles_total", { result: "other" });
      expect(now).toBeGreaterThan(reconciles + 2);
    }, WAIT_MS);
    expect(await second.writes()).toBe(writes);
  });

  it("hand a RoutingService over if an annotation says so", async () => {
    const lease = LEASES[operators.indexOf(second)];
    await handOver("shared", second);
    await eventually(async () => {
      expect(await operatorOf("shared")).toBe(`${namespace}/${lease}`);
      expect(await first.metric(OF_OTHERS)).toBe(1);
      expect(await second.metric(OF_OTHERS)).toBe(0);
    }, WAIT_MS);
    const writes = await first.writes();
    await applyRoutingService(client, service("shared", { ...SMALL, images: { tag: "3" } }));
    await untilCondition(client, service("shared"), "Ready", "True", WAIT_MS);
    expect(await first.writes()).toBe(writes);
  });

  it("hand a RoutingService over in the middle of a reconcile: the first writes no status any more", async () => {
    await applyRoutingService(client, service("marker"));
    await handOver("marker", second);
    await applyRoutingService(client, service("moved"));
    await handOver("moved", second);
    await untilCondition(client, service("moved"), "Ready", "True", WAIT_MS);
    const proxy = proxies[operators.indexOf(second)] as ApiProxy;
    const statuses: string[] = [];
    let isHeld = false;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    proxy.intercept(async ({ method, url = "" }) => {
      if (method !== "PATCH") return "pass";
      if (url.includes("/routingservices/moved/status?")) statuses.push(url);
      if (url.includes("/configmaps/moved-api?")) {
        isHeld = true;
        await released;
      }
      return "pass";
    });
    await applyRoutingService(client, service("moved", { ...SMALL, limits: { maxDevices: 7 } }));
    await eventually(async () => expect(isHeld).toBe(true), WAIT_MS);
    statuses.length = 0;
    // Now, because the request that is held may time out before it is released.
    const others = await second.metric(OF_OTHERS);
    await handOver("moved", first);
    await eventually(async () => expect(await operatorOf("moved")).toBe(nameOf(first)), WAIT_MS);
    // Its watch has seen the annotation when it has seen what happened later.
    await applyRoutingService(client, service("marker", { ...SMALL, images: { tag: "2" } }));
    await untilCondition(client, service("marker"), "Ready", "True", WAIT_MS);
    release();
    await eventually(async () => expect(await second.metric(OF_OTHERS)).toBe(others + 1), WAIT_MS);
    expect(statuses).toEqual([]);
    proxy.intercept(async () => "pass");
    await client.delete(service("moved"));
    await client.delete(service("marker"));
    await eventually(async () => expect(await second.metric(OF_OTHERS)).toBe(others), WAIT_MS);
  });

  it("each claim a new one at most once", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `new-${index}`);
    await Promise.all(names.map((name) => applyRoutingService(client, service(name))));
    for (const name of names) await untilCondition(client, service(name), "Ready", "True", WAIT_MS);
    const others = async () =>
      (await Promise.all(operators.map((operator) => operator.metric(OF_OTHERS)))).reduce((a, b) => a + b);
    // Each of the nine is managed by one, and left alone by the other.
    await eventually(async () => expect(await others()).toBe(names.length + 1), WAIT_MS);
  });

  it("count nothing of others any more once they no longer lead", async () => {
    await eventually(async () => expect(await first.metric(OF_OTHERS)).toBeGreaterThan(0), WAIT_MS);
    const metadata = { name: LEASES[operators.indexOf(first)] as string, namespace };
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata };
    const spec = { holderIdentity: "another", leaseDurationSeconds: 60 };
    await client.mergePatch(lease, { spec }, { fieldManager: "tests" });
    await eventually(async () => {
      expect(await first.metric("dumbwaiter_operator_leader")).toBe(0);
      expect(await first.metric(OF_OTHERS)).toBe(0);
    }, WAIT_MS);
  });
});
