import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type InstalledPlugin, installPlugin } from "@dumbwaiter/dev-env/kubectl-plugin/installed-plugin";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  conditionOf,
  eventMessages,
  exists,
  ownedObjects,
  routingService,
  SMALL,
  untilCondition,
  untilSaid,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { contentOf, somebodyElses } from "@dumbwaiter/dev-env/operator/somebody-elses";
import type { Plan } from "@dumbwaiter/kubectl-plugin/plan";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

const WAIT_MS = 120_000;
const AUTOSCALED = { ...SMALL, api: { replicas: { min: 1, max: 3 } } };
const ADOPT = "dumbwaiter.io/adopt";

let fixture: OperatorFixture;
let plugin: InstalledPlugin;
let name: string;
let foreign: readonly KubeObject[];
let before: readonly unknown[];
let count = 0;

beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster());
  plugin = await installPlugin(fixture.cluster);
});
afterAll(async () => {
  await plugin?.uninstall();
  await fixture?.stop();
});

beforeEach(async () => {
  const { client, namespace } = fixture;
  name = `shop-${++count}`;
  foreign = somebodyElses(`${name}-api`, namespace);
  for (const object of foreign) await client.apply(object, { fieldManager: "another-team" });
  // The controllers have written what they write.
  await fixture.cluster.untilAvailable(namespace);
  before = await contents();
});

const contents = () => Promise.all(foreign.map((object) => contentOf(fixture.client, object)));
const service = () => routingService(name, fixture.namespace, AUTOSCALED);
const ofKind = (kind: string) => foreign.find((object) => object.kind === kind) as KubeObject;

const untilNotOurs = () => untilSaid(fixture.client, service(), "Degraded", { reason: "NotOurs" }, WAIT_MS);

async function annotate(object: KubeObject): Promise<void> {
  const { kind, metadata } = object;
  await fixture.cluster.kubectl([
    ...["annotate", kind, metadata.name, "-n", fixture.namespace, `${ADOPT}=${name}`],
  ]);
}

describe("objects of somebody else with the names of a RoutingService's", () => {
  it("are left alone, named in the status, and survive the RoutingService", async () => {
    const { client, namespace } = fixture;
    const created = await applyRoutingService(client, service());
    const live = await untilNotOurs();
    const message = conditionOf(live, "Degraded")?.message ?? "";
    for (const { kind } of foreign) {
      expect(message).toContain(`${kind} ${name}-api: exists and is not part of RoutingService ${name}`);
    }
    expect(message).toContain(`(delete it, or annotate it with ${ADOPT}=${name} to hand it over)`);
    expect(conditionOf(live, "Ready")).toMatchObject({ status: "False", reason: "NotOurs" });
    await eventually(async () => {
      const messages = (await eventMessages(client, namespace, "Degraded")).join("\n");
      expect(messages).toContain(`Service ${name}-api: exists and is not part of`);
    }, WAIT_MS);
    expect(await contents()).toEqual(before);
    // The other components run.
    await untilCondition(client, service(), "ProcessorAvailable", "True", WAIT_MS);
    await untilCondition(client, service(), "RealtimeAvailable", "True", WAIT_MS);
    const owned = await ownedObjects(client, created);
    expect(owned.filter(({ metadata }) => metadata.name === `${name}-api`)).toEqual([]);

    await client.delete(created);
    await eventually(async () => {
      expect(owned.length).toBeGreaterThan(8);
      expect(await Promise.all(owned.map((object) => exists(client, object)))).not.toContain(true);
    }, WAIT_MS);
    expect(await contents()).toEqual(before);
  });

  it("are refused by the plan beforehand, with what refers to them", async () => {
    const file = JSON.stringify(service());
    const answer = await plugin.run(["plan", "-f", "-", "--output", "json"], { stdin: file });
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toContain("the operator would fail with these objects:");
    const [plan] = (JSON.parse(answer.stdout) as { plans: Plan[] }).plans;
    for (const { kind } of foreign) {
      expect(answer.stderr).toContain(`${kind} ${name}-api: exists and is not part of`);
      expect(plan?.refused).toContainEqual(expect.stringContaining(`${kind} ${name}-api: `));
    }
    expect(plan?.objects.map((object) => object.name)).not.toContain(`${name}-api`);
    expect(await plugin.run(["plan", "-f", "-", "--exit-code"], { stdin: file })).toMatchObject({
      exitCode: 2,
    });

    for (const object of foreign) if (object.kind !== "ServiceAccount") await fixture.client.delete(object);
    await eventually(async () => {
      expect(await exists(fixture.client, ofKind("Deployment"))).toBe(false);
      const { stderr } = await plugin.run(["plan", "-f", "-"], { stdin: file });
      expect(stderr).toContain(`Deployment ${name}-api: waits for ServiceAccount ${name}-api`);
      expect(stderr).toContain(`HorizontalPodAutoscaler ${name}-api: waits for Deployment ${name}-api`);
    }, WAIT_MS);
  });

  it("are taken over if they are annotated with the name of the RoutingService", async () => {
    const { client } = fixture;
    const deployment = ofKind("Deployment");
    // Its selector is another, and immutable.
    await client.delete(deployment);
    await applyRoutingService(client, service());
    await untilNotOurs();
    const uids = new Map<string, string | undefined>();
    for (const object of foreign) {
      if (object === deployment) continue;
      uids.set(object.kind, (await client.get(object)).metadata.uid);
      await annotate(object);
    }
    const ready = await untilCondition(client, service(), "Ready", "True", WAIT_MS);
    expect(conditionOf(ready, "Degraded")?.status).toBe("False");
    for (const [kind, uid] of uids) {
      const { metadata } = await client.get(ofKind(kind));
      expect({ kind, uid: metadata.uid }).toEqual({ kind, uid });
      expect(metadata.ownerReferences).toMatchObject([{ uid: ready.metadata.uid, controller: true }]);
    }
    const { spec } = await client.get(ofKind("Service"));
    expect(spec).toMatchObject({ selector: { "app.kubernetes.io/instance": name } });
  });

  it("stay, annotated or not, if another controller owns them", async () => {
    const { client, namespace } = fixture;
    const owner = await client.get(ofKind("Deployment"));
    const { apiVersion, kind, metadata } = owner;
    const reference = {
      ...{ apiVersion, kind, name: metadata.name, uid: metadata.uid as string },
      controller: true,
    };
    const account = ofKind("ServiceAccount");
    await client.mergePatch(account, { metadata: { ownerReferences: [reference] } });
    await annotate(account);
    before = await contents();
    await applyRoutingService(client, service());
    const live = await untilNotOurs();
    expect(conditionOf(live, "Degraded")?.message).toContain(
      `ServiceAccount ${name}-api: exists and belongs to Deployment ${name}-api (delete it, or give`,
    );
    expect(await contents()).toEqual(before);
    await client.delete(routingService(name, namespace));
  });
});
