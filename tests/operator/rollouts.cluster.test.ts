import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import { refuseWrites } from "@dumbwaiter/dev-env/operator/refuse-writes";
import {
  applyRoutingService,
  conditionOf,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import type { RoutingServiceSpecInput } from "@dumbwaiter/infra";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 90_000;
const ORDER = ["processor", "api", "realtime"] as const;

let fixture: OperatorFixture;
beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster());
});
afterAll(() => fixture?.stop());

const withTag = (tag: string): RoutingServiceSpecInput => ({ ...SMALL, images: { tag } });

async function roll(name: string, spec: RoutingServiceSpecInput): Promise<RoutingService> {
  return applyRoutingService(fixture.client, routingService(name, fixture.namespace, spec));
}

function deploymentOf(name: string, component: string): Promise<KubeObject> {
  const metadata = { name: `${name}-${component}`, namespace: fixture.namespace };
  return fixture.client.get({ apiVersion: "apps/v1", kind: "Deployment", metadata });
}

async function replicaSetsOf(name: string) {
  const labelSelector = `app.kubernetes.io/instance=${name}`;
  const { namespace, client } = fixture;
  return client.list({ apiVersion: "apps/v1", kind: "ReplicaSet" }, { namespace, labelSelector });
}

const imageOf = (object: KubeObject) =>
  (object.spec as { template: { spec: { containers: { image: string }[] } } }).template.spec.containers[0]
    ?.image;

describe("a rollout", () => {
  it("takes one component after the other, each once the one before is available", async () => {
    await untilCondition(fixture.client, await roll("order", withTag("1")), "Ready");
    const firsts = new Set((await replicaSetsOf("order")).map(({ metadata }) => metadata.uid));
    expect(firsts.size).toBe(3);
    await untilCondition(fixture.client, await roll("order", withTag("2")), "Ready");
    const news = (await replicaSetsOf("order")).filter(({ metadata }) => !firsts.has(metadata.uid));
    const begun = Object.fromEntries(
      news.map(({ metadata }) => [
        metadata.labels?.["app.kubernetes.io/component"],
        Date.parse(metadata.creationTimestamp as string),
      ]),
    );
    const times = ORDER.map((component) => begun[component] ?? Number.NaN);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // Each component was only applied once the pods of the one before were available.
    for (const [index, component] of ORDER.entries()) {
      const next = ORDER[index + 1];
      if (next === undefined) break;
      const { status } = (await deploymentOf("order", component)) as unknown as {
        status: { conditions: { type: string; lastUpdateTime: string }[] };
      };
      const completed = status.conditions.find(({ type }) => type === "Progressing")?.lastUpdateTime;
      expect(begun[next]).toBeGreaterThanOrEqual(Date.parse(completed as string));
    }
  });

  it("stops at a component that does not become available, and continues once that is fixed", async () => {
    const { client, namespace } = fixture;
    const service = await untilCondition(client, await roll("stops", withTag("1")), "Ready");
    // The operator does not set this field; its default is ten minutes.
    await client.apply(
      {
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "stops-api", namespace } },
        spec: { progressDeadlineSeconds: 3 },
      },
      { fieldManager: "tests" },
    );
    const spec = { ...withTag("2"), api: { ...SMALL.api, image: "registry.example/never-ready:2" } };
    await roll("stops", spec);
    const degraded = await untilCondition(client, service, "Degraded");
    expect(conditionOf(degraded, "Degraded")?.reason).toBe("ProgressDeadlineExceeded");
    expect(conditionOf(degraded, "Ready")?.status).toBe("False");
    expect(conditionOf(degraded, "Progressing")?.message).toContain("realtime is waiting for api");
    expect(degraded.status?.components?.processor?.rollout).toBe("Complete");
    expect(degraded.status?.components?.realtime?.rollout).toBe("Pending");
    expect(imageOf(await deploymentOf("stops", "processor"))).toContain(":2");
    expect(imageOf(await deploymentOf("stops", "realtime"))).toContain(":1");
    // The old pods still serve.
    expect(conditionOf(degraded, "ApiAvailable")?.status).toBe("True");
    await roll("stops", withTag("3"));
    await untilCondition(client, service, "Ready");
    for (const component of ORDER) expect(imageOf(await deploymentOf("stops", component))).toContain(":3");
  });

  it("stops at a component that is refused, and creates no pods whose settings could not be stored", async () => {
    const { client, namespace } = fixture;
    const service = await untilCondition(client, await roll("refused", withTag("1")), "Ready");
    const settings = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "refused-processor", namespace },
    };
    const probe = { ...settings, data: { PROBE: "1" } };
    const end = await refuseWrites(
      client,
      namespace,
      {
        ...{ group: "", resource: "configmaps", operation: "UPDATE" },
        allowed: `object.metadata.name != '${settings.metadata.name}'`,
      },
      () => client.apply(probe, { fieldManager: "tests", dryRun: true }),
    );
    await roll("refused", { ...withTag("2"), observability: { logLevel: "debug" } });
    const degraded = await untilCondition(client, service, "Degraded");
    expect(conditionOf(degraded, "Degraded")).toMatchObject({
      reason: "ApplyFailed",
      message: expect.stringContaining("ConfigMap refused-processor"),
    });
    expect(conditionOf(degraded, "Progressing")?.message).toContain("api is waiting for processor");
    for (const component of ORDER) expect(imageOf(await deploymentOf("refused", component))).toContain(":1");

    await end();
    await untilCondition(client, service, "Ready");
    for (const component of ORDER) expect(imageOf(await deploymentOf("refused", component))).toContain(":2");
  });

  it("does not delay changes that do not concern pods", async () => {
    const { client } = fixture;
    const service = await untilCondition(client, await roll("others", withTag("1")), "Ready");
    const processor = { ...SMALL.processor, image: "registry.example/never-ready:2" };
    const extraEgress = [{ cidrs: ["10.9.0.0/16"], port: 4318 }];
    await roll("others", { ...withTag("2"), processor, network: { extraEgress } });
    await eventually(async () => {
      const metadata = { name: "others-realtime", namespace: fixture.namespace };
      const policy = await client.get({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata,
      });
      expect(JSON.stringify(policy.spec)).toContain("10.9.0.0/16");
      const live = await client.get(service);
      expect(conditionOf(live as RoutingService, "Progressing")?.message).toContain(
        "api is waiting for processor",
      );
    }, WAIT_MS);
    expect(imageOf(await deploymentOf("others", "api"))).toContain(":1");
    expect(fixture.deaths).toEqual([]);
  });

  it("does not wait for a component that the order leaves out", async () => {
    const { client } = fixture;
    const service = await untilCondition(client, await roll("urgent", withTag("1")), "Ready");
    const processor = { ...SMALL.processor, image: "registry.example/never-ready:2" };
    const spec = { ...withTag("2"), processor };
    await roll("urgent", spec);
    const progress = async () => {
      const live = await untilCondition(client, service, "Progressing");
      return conditionOf(live, "Progressing")?.message;
    };
    await eventually(async () => {
      expect(await progress()).toContain("api is waiting for processor; realtime is waiting for processor");
    }, WAIT_MS);
    await roll("urgent", { ...spec, rollout: { order: ["processor", "api"] } });
    await eventually(async () => {
      expect(imageOf(await deploymentOf("urgent", "realtime"))).toContain(":2");
      expect((await replicaSetsOf("urgent")).length).toBe(5);
      expect(await progress()).toBe("processor is rolling out; api is waiting for processor");
    }, WAIT_MS);
    expect(imageOf(await deploymentOf("urgent", "api"))).toContain(":1");
  });

  it("does not happen when the operator restarts", async () => {
    const { client, operator } = fixture;
    const service = await untilCondition(client, await roll("again", withTag("1")), "Ready");
    const before = await Promise.all(ORDER.map((component) => deploymentOf("again", component)));
    await operator.kill();
    await operator.restart();
    await eventually(async () => {
      expect(
        await operator.metric("dumbwaiter_operator_reconciles_total", { result: "success" }),
      ).toBeGreaterThan(0);
      expect(await operator.metric("dumbwaiter_operator_queue_depth")).toBe(0);
    }, WAIT_MS);
    await untilCondition(client, service, "Ready");
    const after = await Promise.all(ORDER.map((component) => deploymentOf("again", component)));
    expect(after.map(({ metadata }) => metadata.generation)).toEqual(
      before.map(({ metadata }) => metadata.generation),
    );
  });
});
