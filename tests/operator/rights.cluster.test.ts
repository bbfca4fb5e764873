import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type AuditEvent, type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import { permissiveCrds } from "@dumbwaiter/dev-env/operator/permissive-crds";
import {
  applyRoutingService,
  exists,
  type RoutingService,
  routingService,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { INSTALLATIONS, objectsOf } from "@dumbwaiter/infra/testing/installations";
import { connectKubernetes, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 120_000;

interface Role extends KubeObject {
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

let cluster: OwnedCluster;
let client: KubeClient;
let namespace: string;
let operator: OperatorProcess;

/** With the CRDs of all required kinds, which the shared cluster must not have: other tests need them to be missing. */
beforeAll(async () => {
  cluster = await startCluster();
  namespace = await cluster.namespace();
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
  await cluster.apply(permissiveCrds(INSTALLATIONS.flatMap((installation) => objectsOf(installation))));
  const kubeconfigPath = await grantRights(cluster, namespace);
  operator = await startOperator({ kubeconfigPath, namespaces: [namespace] });
}, 300_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
  await cluster?.stop();
});

/** One object of each kind that any RoutingService has. */
async function ownedKinds(owners: readonly RoutingService[]): Promise<KubeObject[]> {
  const kinds = new Map<string, KubeObject>();
  for (const owner of owners) {
    for (const { group, version, kind, name } of owner.status?.inventory ?? []) {
      const apiVersion = group === "" ? version : `${group}/${version}`;
      if (kinds.has(`${apiVersion}/${kind}`)) continue;
      kinds.set(
        `${apiVersion}/${kind}`,
        await client.get({ apiVersion, kind, metadata: { name, namespace } }),
      );
    }
  }
  return [...kinds.values()];
}

/** An object that is in no inventory, as after an operator that was stopped before it could write the status. */
function leftoverOf({ status, ...object }: KubeObject): KubeObject {
  const { labels = {}, ownerReferences = [] } = object.metadata;
  const metadata = { name: "leftover", namespace, labels, ownerReferences };
  if (object.kind !== "Service") return { ...object, metadata };
  return { ...object, metadata, spec: { ports: [{ port: 80 }] } };
}

async function untilPruned(leftovers: readonly KubeObject[]): Promise<void> {
  for (const leftover of leftovers) await client.apply(leftover, { fieldManager: "tests" });
  for (const leftover of leftovers) {
    await eventually(async () => expect(await exists(client, leftover)).toBe(false), WAIT_MS);
  }
}

async function allowed(): Promise<string[]> {
  const roles = await client.list(
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" },
    { namespace },
  );
  const rights = (roles as Role[]).flatMap(({ rules }) =>
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${resource} of ${group}: ${verb}`)),
      ),
    ),
  );
  return [...new Set(rights)].sort();
}

/** The rights that a request needed. */
function neededBy({ verb, objectRef, responseStatus }: AuditEvent): string[] {
  if (objectRef === undefined) return [];
  const { apiGroup = "", resource, subresource } = objectRef;
  const of = `${resource}${subresource ? `/${subresource}` : ""} of ${apiGroup}`;
  // An apply that creates an object needs both.
  const verbs = verb === "patch" && responseStatus?.code === 201 ? ["patch", "create"] : [verb];
  return verbs.map((each) => `${of}: ${each}`);
}

describe("the operator's rights", () => {
  it("are those that it uses: none is missing, and none is unused", async () => {
    const made: RoutingService[] = [];
    for (const [index, { props }] of INSTALLATIONS.entries()) {
      made.push(await applyRoutingService(client, routingService(`service-${index}`, namespace, props.spec)));
    }
    const ready = await eventually(async () => {
      const live = (await Promise.all(made.map((each) => client.get(each)))) as RoutingService[];
      for (const { metadata, status } of live) {
        expect(status?.observedGeneration).toBe(metadata.generation);
        // No controller works on them here, but every kind is there.
        expect(status?.conditions).not.toContainEqual(
          expect.objectContaining({ type: "DependenciesReady", reason: "DependenciesMissing" }),
        );
        expect(status?.inventory?.length).toBeGreaterThan(15);
      }
      return live;
    }, WAIT_MS);
    const leftovers = (await ownedKinds(ready)).map(leftoverOf);
    await untilPruned(leftovers);
    // The same again within minutes increases the count of the Event.
    await untilPruned(leftovers.slice(0, 1));

    await eventually(async () => {
      const requests = (await cluster.auditLog()).filter(({ user }) =>
        user.username.startsWith(`system:serviceaccount:${namespace}:`),
      );
      expect(requests.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
      expect([...new Set(requests.flatMap(neededBy))].sort()).toEqual(await allowed());
    }, WAIT_MS);
  }, 400_000);
});
