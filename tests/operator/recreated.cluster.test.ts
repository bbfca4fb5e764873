import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  exists,
  ownedObjects,
  type RoutingService,
  routingService,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

let cluster: OwnedCluster;
let fixture: OperatorFixture;
beforeAll(async () => {
  cluster = await startCluster();
  fixture = await startOperatorFixture(cluster);
}, 240_000);
afterAll(async () => {
  await fixture?.stop();
  await cluster?.stop();
});

const leftover = () => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "leftover", namespace: fixture.namespace },
});

/** The garbage collector has finished once this object is gone. */
async function leaveBehind({ apiVersion, kind, metadata }: RoutingService): Promise<void> {
  const { name, uid = "" } = metadata;
  const owned = { ...leftover().metadata, ownerReferences: [{ apiVersion, kind, name, uid }] };
  await fixture.client.create({ ...leftover(), metadata: owned });
}

it("a RoutingService takes over objects of an earlier one of its name that are not deleted yet", async () => {
  const { client, namespace } = fixture;
  const service = await applyRoutingService(client, routingService("d", namespace));
  await untilCondition(client, service, "Ready");
  const uids = async () => (await ownedObjects(client, service)).map(({ metadata }) => metadata.uid);
  const before = await uids();
  await cluster.kill("kube-controller-manager");
  await client.delete(service);
  const again = await applyRoutingService(client, routingService("d", namespace));
  await untilCondition(client, again, "Ready");
  await leaveBehind(service);
  await cluster.restart("kube-controller-manager");
  await eventually(async () => expect(await exists(client, leftover())).toBe(false), 60_000);
  for (const { metadata } of await ownedObjects(client, again)) {
    expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([again.metadata.uid]);
  }
  expect(await uids()).toEqual(before);
});
