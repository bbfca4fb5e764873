import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import { permissiveCrds } from "@dumbwaiter/dev-env/operator/permissive-crds";
import { applyRoutingService, routingService, SMALL } from "@dumbwaiter/dev-env/operator/routing-service";
import { parseProps, ROUTING_SERVICE, renderRoutingService } from "@dumbwaiter/infra";
import { connectKubernetes, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const NAMESPACES = 50;
/** Such that one namespace and name could be taken for another's. */
const NAMES = ["a", "a-b", "b-a", "n".repeat(40)];
const SPEC = { ...SMALL, google: { ...SMALL.google, cloudResources: "configConnector" as const } };
const COMPONENTS = ["api", "processor", "realtime"];

/** Without nodes: pods stay pending, and the operator waits for none. */
let cluster: OwnedCluster;
let client: KubeClient;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 0 });
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
  await cluster.apply(permissiveCrds(renderRoutingService(parseProps("any", "any", SPEC))));
}, 240_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
  await cluster?.stop();
});

interface Live extends KubeObject {
  readonly spec: { readonly resourceID?: string; readonly collectionGroup?: string };
  readonly data?: Readonly<Record<string, string>>;
}

async function listed(apiVersion: string, kind: string): Promise<Live[]> {
  const labelSelector = "app.kubernetes.io/managed-by=dumbwaiter";
  return (await client.list({ apiVersion, kind }, { labelSelector })) as Live[];
}

const ownerOf = ({ metadata }: KubeObject) =>
  `${metadata.namespace}/${metadata.labels?.["app.kubernetes.io/instance"]}`;

type Values = readonly (readonly [owner: string, values: ReadonlySet<string | undefined>])[];

/** What the objects of each routing service say. */
function byOwner(objects: readonly Live[], said: (object: Live) => string | undefined): Values {
  return [...Map.groupBy(objects, ownerOf)].map(([owner, all]) => [owner, new Set(all.map(said))] as const);
}

/** Each of so many values belongs to one routing service. */
function expectNoneShared(owners: Values, each: number): void {
  expect(owners).toHaveLength(NAMESPACES * NAMES.length);
  for (const [owner, values] of owners)
    expect([owner, values.size, values.has(undefined)]).toEqual([owner, each, false]);
  expect(new Set(owners.flatMap(([, values]) => [...values])).size).toBe(owners.length * each);
}

it("200 RoutingServices in 50 namespaces of a project share no topic, subscription, collection or channel", async () => {
  const namespaces: string[] = [];
  for (let index = 0; index < NAMESPACES; index += 1) {
    const end = `-${Math.floor(index / 5)}`;
    namespaces.push(await cluster.namespace(`ns${"-a".repeat(index % 5 === 4 ? 29 : index % 5)}${end}`));
  }
  const kubeconfigPath = await grantRights(cluster, namespaces[0] as string, []);
  for (const namespace of namespaces) {
    await Promise.all(
      NAMES.map((name) => applyRoutingService(client, routingService(name, namespace, SPEC))),
    );
  }
  const env = { WATCH_NAMESPACES: "", LOG_LEVEL: "warn" };
  operator = await startOperator({ kubeconfigPath, namespaces: namespaces.slice(0, 1), env });
  const services = await eventually(async () => {
    const all = (await client.list(ROUTING_SERVICE)) as {
      status?: { lastAppliedHash?: string; names?: object };
    }[];
    const applied = all.filter(({ status }) => status?.lastAppliedHash !== undefined);
    expect(applied).toHaveLength(NAMESPACES * NAMES.length);
    return applied;
  }, 900_000);

  const pubsub = "pubsub.cnrm.cloud.google.com/v1beta1";
  expectNoneShared(
    byOwner(await listed(pubsub, "PubSubTopic"), ({ spec }) => spec.resourceID),
    3,
  );
  expectNoneShared(
    byOwner(await listed(pubsub, "PubSubSubscription"), ({ spec }) => spec.resourceID),
    2,
  );
  const fields = await listed("firestore.cnrm.cloud.google.com/v1alpha1", "FirestoreField");
  // Of messages, of users and of access keys.
  expectNoneShared(
    byOwner(fields, ({ spec }) => spec.collectionGroup),
    3,
  );

  const settings = (await listed("v1", "ConfigMap")).filter(({ metadata }) =>
    COMPONENTS.includes(metadata.labels?.["app.kubernetes.io/component"] ?? ""),
  );
  expect(settings).toHaveLength(services.length * COMPONENTS.length);
  // One for all three components of a routing service, and another one for every routing service.
  expectNoneShared(
    byOwner(settings, ({ data }) => data?.REDIS_KEY_PREFIX),
    1,
  );
  const prefixes = byOwner(settings, ({ data }) => data?.FIRESTORE_COLLECTION_PREFIX);
  expectNoneShared(prefixes, 1);
  const prefixOf = new Map(prefixes.map(([owner, values]) => [owner, [...values][0] as string]));
  for (const field of fields) {
    expect(field.spec.collectionGroup).toMatch(/(messages|users|access-keys)$/);
    expect(field.spec.collectionGroup?.startsWith(prefixOf.get(ownerOf(field)) as string)).toBe(true);
  }
  const names = services.map(({ status }) => JSON.stringify(status?.names));
  expect(new Set(names).size).toBe(services.length);
}, 1_200_000);
