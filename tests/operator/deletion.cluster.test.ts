import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import {
  type ProxiedOperatorFixture,
  startProxiedOperatorFixture,
} from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  exists,
  ownedObjects,
  routingService,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const WAIT_MS = 60_000;
const LABEL = "app.kubernetes.io/instance=middle";

let fixture: ProxiedOperatorFixture;

beforeAll(async () => {
  fixture = await startProxiedOperatorFixture(await sharedCluster());
});
afterAll(() => fixture?.stop());

const list = (apiVersion: string, kind: string) =>
  fixture.client.list({ apiVersion, kind }, { namespace: fixture.namespace, labelSelector: LABEL });

it("a RoutingService that is deleted while it is reconciled leaves nothing behind", async () => {
  const { client, deaths, namespace, operator, proxy } = fixture;
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
