import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import {
  applyRoutingService,
  ownedObjects,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { connectKubernetes, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 90_000;
/** By leader lease. */
const SELECTORS = { one: "team=a", two: "shared,team!=b" } as const;

type Lease = keyof typeof SELECTORS;

let cluster: TestCluster;
let client: KubeClient;
let namespace: string;
const operators = new Map<Lease, OperatorProcess>();

beforeAll(async () => {
  cluster = await sharedCluster();
  namespace = await cluster.namespace();
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
  for (const [leaseName, selector] of Object.entries(SELECTORS)) {
    const kubeconfigPath = await grantRights(cluster, namespace, [namespace], { leaseName });
    const env = { LEASE_NAME: leaseName, WATCH_SELECTOR: selector, RESYNC_SECONDS: "1" };
    operators.set(leaseName as Lease, await startOperator({ kubeconfigPath, namespaces: [namespace], env }));
  }
});
afterAll(async () => {
  await Promise.all([...operators.values()].map((operator) => operator.stop()));
  await client?.close();
  await cluster?.removeNamespace(namespace);
});

function service(name: string, labels: Readonly<Record<string, string>>, spec = SMALL): RoutingService {
  const plain = routingService(name, namespace, spec);
  return { ...plain, metadata: { ...plain.metadata, labels } };
}

const live = async (name: string) => (await client.get(service(name, {}))) as RoutingService;
const nameOf = (lease: Lease) => `${namespace}/${lease}`;

async function untilManaged(name: string, lease: Lease, tag?: string): Promise<void> {
  await eventually(async () => {
    const { metadata, status } = await live(name);
    expect(status).toMatchObject({ operator: nameOf(lease), observedGeneration: metadata.generation });
  }, WAIT_MS);
  await untilCondition(client, service(name, {}), "Ready", "True", WAIT_MS);
  if (tag !== undefined) expect(await imageTags(name)).toEqual(new Set([tag]));
}

async function deployments(name: string): Promise<KubeObject[]> {
  return (await ownedObjects(client, await live(name))).filter(({ kind }) => kind === "Deployment");
}

async function imageTags(name: string): Promise<Set<string | undefined>> {
  const images = (await deployments(name)).map(
    ({ spec }) =>
      (spec as { template: { spec: { containers: [{ image: string }] } } }).template.spec.containers[0].image,
  );
  return new Set(images.map((image) => image.split(":").at(-1)));
}

/** A resync of each operator has passed, with nothing else to do. */
async function untilBothHaveLooked(): Promise<void> {
  for (const operator of operators.values()) {
    const count = () => operator.metric("dumbwaiter_operator_reconciles_total");
    const before = await count();
    await eventually(async () => expect(await count()).toBeGreaterThan(before + 10), WAIT_MS);
  }
}

describe("two operators with selectors", () => {
  it("each manage what they select", async () => {
    await applyRoutingService(client, service("mine", { team: "a" }));
    await applyRoutingService(client, service("yours", { shared: "" }));
    await untilManaged("mine", "one");
    await untilManaged("yours", "two");
    await applyRoutingService(client, service("mine", { team: "a" }, { ...SMALL, images: { tag: "2" } }));
    await eventually(async () => expect(await imageTags("mine")).toEqual(new Set(["2"])), WAIT_MS);
    await untilManaged("mine", "one", "2");
    await untilManaged("yours", "two");
  });

  it("leave alone what neither selects, until its labels say otherwise", async () => {
    await applyRoutingService(client, service("nobodys", { team: "b", shared: "" }));
    await untilBothHaveLooked();
    expect((await live("nobodys")).status).toEqual({ observedGeneration: -1 });
    await applyRoutingService(client, service("nobodys", { team: "a" }));
    await untilManaged("nobodys", "one");
  });

  it("agree on one for what both select", async () => {
    await applyRoutingService(client, service("both", { team: "a", shared: "" }));
    await untilCondition(client, service("both", {}), "Ready", "True", WAIT_MS);
    const { status } = await live("both");
    await untilBothHaveLooked();
    expect((await live("both")).status).toEqual(status);
  });

  it("hand over what changes its labels, without a new pod", async () => {
    const before = await deployments("mine");
    await applyRoutingService(client, service("mine", { shared: "" }, { ...SMALL, images: { tag: "2" } }));
    await untilManaged("mine", "two", "2");
    const versions = (objects: readonly KubeObject[]) =>
      objects.map(({ metadata: { name, uid, generation } }) => ({ name, uid, generation }));
    expect(versions(await deployments("mine"))).toEqual(versions(before));
  });

  it("know each other's names", async () => {
    const prefix = { redis: { url: "redis://redis:6379", keyPrefix: "taken:" } };
    await applyRoutingService(client, service("first", { team: "a" }, { ...SMALL, ...prefix }));
    await untilManaged("first", "one");
    await applyRoutingService(client, service("second", { shared: "" }, { ...SMALL, ...prefix }));
    const { status } = await untilCondition(client, service("second", {}), "Degraded", "True", WAIT_MS);
    expect(status?.conditions).toContainEqual(expect.objectContaining({ reason: "NamesInUse" }));
    expect(status?.operator).toBe(nameOf("two"));
  });

  it("let the annotation override the labels", async () => {
    await cluster.kubectl([
      ...["annotate", "rsvc", "yours", "-n", namespace],
      `dumbwaiter.io/operator=${nameOf("one")}`,
    ]);
    await untilManaged("yours", "one");
  });
});
