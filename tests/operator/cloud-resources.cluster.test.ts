import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import {
  healthyStatusOf,
  reportStatus,
  untilDependenciesReady,
} from "@dumbwaiter/dev-env/operator/dependency-controllers";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  ownedObjects,
  routingService,
  SMALL,
} from "@dumbwaiter/dev-env/operator/routing-service";
import type { RoutingServiceSpecInput } from "@dumbwaiter/infra";
import { installCrds } from "@dumbwaiter/infra/testing/install-crds";
import { groupOf, type KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const WAIT_MS = 90_000;
const POLICY = "cnrm.cloud.google.com/deletion-policy";
/** As Config Connector's: it deletes the resource at Google first, or abandons it. */
const FINALIZER = "cnrm.cloud.google.com/finalizer";
const CONNECTED: RoutingServiceSpecInput = {
  ...SMALL,
  google: { project: "a-project", projectNumber: "1234567890", cloudResources: "configConnector" },
};

let fixture: OperatorFixture;
beforeAll(async () => {
  const cluster = await sharedCluster();
  fixture = await startOperatorFixture(cluster);
  await installCrds(cluster);
});
afterAll(() => fixture?.stop());

const isCloud = ({ apiVersion }: KubeObject) => groupOf({ apiVersion }).endsWith(".cnrm.cloud.google.com");

async function setFinalizers(objects: readonly KubeObject[], finalizers: readonly string[]): Promise<void> {
  for (const object of objects) await fixture.client.mergePatch(object, { metadata: { finalizers } });
}

const reportInEffect = (object: KubeObject) => reportStatus(fixture.client, object, healthyStatusOf(object));

/** Resolves with those of the objects that the operator has deleted, as Config Connector sees them then. */
async function deleted(objects: readonly KubeObject[], count: number): Promise<KubeObject[]> {
  return eventually(async () => {
    const live = await Promise.all(objects.map((object) => fixture.client.get(object)));
    const found = live.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    expect(found).toHaveLength(count);
    return found;
  }, WAIT_MS);
}

it("a RoutingService revokes what it no longer grants, and abandons what others shall manage", async () => {
  const { client, namespace } = fixture;
  const service = routingService("cloud", namespace, CONNECTED);
  await applyRoutingService(client, service);
  const made = await untilDependenciesReady(client, service);
  const before = (await ownedObjects(client, made)).filter(isCloud);
  const rights = before.filter(({ kind }) => kind === "IAMPolicyMember");
  expect(rights.length).toBeGreaterThan(8);
  await setFinalizers(before, [FINALIZER]);

  // Another pool of identities: the members of the old one lose their rights, once the new ones have theirs.
  const google = { ...CONNECTED.google, projectNumber: "987654321" };
  await applyRoutingService(client, routingService("cloud", namespace, { ...CONNECTED, google }));
  const names = new Set(rights.map(({ metadata }) => metadata.name));
  const granted = await eventually(async () => {
    const all = (await ownedObjects(client, made)).filter(({ kind }) => kind === "IAMPolicyMember");
    const added = all.filter(({ metadata }) => !names.has(metadata.name));
    expect(added).toHaveLength(rights.length);
    return added;
  }, WAIT_MS);
  const [first, ...others] = granted.filter(({ metadata }) => metadata.name.startsWith("cloud-api-"));
  for (const object of granted) if (object !== first) await reportInEffect(object);
  await deleted(rights, rights.filter(({ metadata }) => !metadata.name.startsWith("cloud-api-")).length);
  expect(others.length).toBeGreaterThan(0);
  if (first === undefined) throw new Error("no right of the api");
  await reportInEffect(first);
  const revoked = await deleted(rights, rights.length);
  for (const { metadata } of revoked) expect(metadata.annotations).not.toHaveProperty([POLICY]);
  await setFinalizers(revoked, []);

  const live = await untilDependenciesReady(client, service);
  const left = (await ownedObjects(client, live)).filter(isCloud);
  expect(left).toHaveLength(before.length);
  await setFinalizers(left, [FINALIZER]);
  const external = { ...google, cloudResources: "external" as const };
  await applyRoutingService(
    client,
    routingService("cloud", namespace, { ...CONNECTED, google: external, deletionPolicy: "Delete" }),
  );
  const abandoned = await deleted(left, left.length);
  for (const { metadata } of abandoned) expect(metadata.annotations).toMatchObject({ [POLICY]: "abandon" });
  await setFinalizers(abandoned, []);
});
