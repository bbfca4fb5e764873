import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  eventMessages,
  exists,
  ownedObjects,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const AUTOSCALED = { ...SMALL, api: { replicas: { min: 1, max: 3 } } };
const RESYNC_SECONDS = "1";
const WAIT_MS = 60_000;

let fixture: OperatorFixture;
let service: RoutingService;
beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster(), { env: { RESYNC_SECONDS } });
  service = await applyRoutingService(fixture.client, routingService("d", fixture.namespace, AUTOSCALED));
  service = await untilCondition(fixture.client, service, "Ready");
});
afterAll(() => fixture?.stop());

const versionsOf = (objects: readonly KubeObject[]) =>
  new Map(objects.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]));

async function untilQuiet(): Promise<void> {
  const { operator } = fixture;
  let last = -1;
  await eventually(async () => {
    const reconciles = await operator.metric("dumbwaiter_operator_reconciles_total");
    const writes = await operator.writes();
    const isQuiet = writes === last;
    last = writes;
    const until = reconciles + 2;
    await eventually(
      async () =>
        expect(await operator.metric("dumbwaiter_operator_reconciles_total")).toBeGreaterThan(until),
      WAIT_MS,
    );
    expect(isQuiet).toBe(true);
  }, WAIT_MS);
}

describe("an operator that has reconciled a RoutingService", () => {
  it("writes nothing in a periodic reconcile, and changes no resource version", async () => {
    const { operator, client } = fixture;
    await untilQuiet();
    const before = {
      writes: await operator.writes(),
      versions: versionsOf(await ownedObjects(client, service)),
    };
    const reconciles = await operator.metric("dumbwaiter_operator_reconciles_total");
    await eventually(async () => {
      expect(await operator.metric("dumbwaiter_operator_reconciles_total")).toBeGreaterThan(reconciles + 3);
    }, WAIT_MS);
    expect(await operator.writes()).toBe(before.writes);
    const after = versionsOf(await ownedObjects(client, service));
    expect(after).toEqual(before.versions);
    expect(after.size).toBeGreaterThan(15);
  });

  it("recreates each object that somebody deletes", async () => {
    const { client } = fixture;
    for (const object of await ownedObjects(client, service)) {
      await client.delete(object);
      const again = await eventually(async () => {
        const live = await client.get(object);
        expect(live.metadata.uid).not.toBe(object.metadata.uid);
        return live;
      }, WAIT_MS);
      expect(again.metadata.ownerReferences).toEqual(object.metadata.ownerReferences);
    }
    await eventually(async () => {
      const messages = await eventMessages(client, fixture.namespace, "DriftRepaired");
      expect(messages).toContain("Recreated Deployment d-api, which had been deleted");
    }, WAIT_MS);
    await untilCondition(client, service, "Ready");
  });

  it.each<[string, string, object, string, unknown]>([
    ["v1", "ConfigMap", { data: { LOG_LEVEL: "trace" } }, ".data.LOG_LEVEL", "info"],
    [
      "v1",
      "Service",
      { spec: { ports: [{ name: "http", port: 81, targetPort: "http" }] } },
      ".spec.ports",
      80,
    ],
    ["v1", "ServiceAccount", { automountServiceAccountToken: true }, ".automountServiceAccountToken", false],
    ["apps/v1", "Deployment", { spec: { revisionHistoryLimit: 9 } }, ".spec.revisionHistoryLimit", 5],
    ["policy/v1", "PodDisruptionBudget", { spec: { maxUnavailable: 9 } }, ".spec.maxUnavailable", 1],
    ["autoscaling/v2", "HorizontalPodAutoscaler", { spec: { maxReplicas: 9 } }, ".spec.maxReplicas", 3],
    [
      "networking.k8s.io/v1",
      "NetworkPolicy",
      { spec: { policyTypes: ["Egress"] } },
      ".spec.policyTypes",
      "Ingress",
    ],
  ])(
    "restores what somebody edits in a %s %s, and says who it was",
    async (apiVersion, kind, patch, field, was) => {
      const { client, namespace } = fixture;
      const object = { apiVersion, kind, metadata: { name: "d-api", namespace } };
      const before = (await client.get(object)).metadata.resourceVersion;
      await fixture.cluster.kubectl([
        ...["patch", kind, "d-api", "-n", namespace, "--type=merge", `--patch=${JSON.stringify(patch)}`],
        "--field-manager=somebody",
      ]);
      await eventually(async () => {
        const live = await client.get(object);
        expect(live.metadata.resourceVersion).not.toBe(before);
        const value = field
          .slice(1)
          .split(".")
          .reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], live);
        const text = Array.isArray(value) ? JSON.stringify(value) : String(value);
        expect(text).toContain(String(was));
        expect(text).not.toContain("81");
      }, WAIT_MS);
      await eventually(async () => {
        const messages = await eventMessages(client, namespace, "DriftRepaired");
        const found = messages.filter((message) => message.includes(` of ${kind} d-api,`));
        expect(found.join("\n")).toContain(field);
        expect(found.join("\n")).toContain("which somebody had changed");
      }, WAIT_MS);
    },
  );

  it("leaves fields alone that it does not apply", async () => {
    const { client, namespace, operator } = fixture;
    const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d-api", namespace } };
    await untilQuiet();
    const repairs = await operator.metric("dumbwaiter_operator_drift_repairs_total");
    const annotations = { "example.org/touched": "yes" };
    const foreign = {
      ...object,
      metadata: { ...object.metadata, annotations },
      spec: { minReadySeconds: 1 },
    };
    await client.apply(foreign, { fieldManager: "somebody" });
    await untilQuiet();
    const live = await client.get(object);
    expect(live.metadata.annotations).toMatchObject(annotations);
    expect(live.spec).toMatchObject({ minReadySeconds: 1 });
    expect(await operator.metric("dumbwaiter_operator_drift_repairs_total")).toBe(repairs);
  });

  it("deletes objects that are no longer needed, and nothing else", async () => {
    const { client, namespace } = fixture;
    const labels = { "app.kubernetes.io/managed-by": "dumbwaiter", "app.kubernetes.io/instance": "d" };
    const bystander = {
      ...{ apiVersion: "v1", kind: "ConfigMap", data: {} },
      metadata: { name: "bystander", namespace, labels },
    };
    await client.apply(bystander, { fieldManager: "somebody" });
    const before = await ownedObjects(client, service);
    const isPolicy = ({ kind }: KubeObject) => kind === "NetworkPolicy";
    const isAutoscaler = ({ kind }: KubeObject) => kind === "HorizontalPodAutoscaler";
    expect(before.filter(isPolicy)).toHaveLength(4);
    expect(before.filter(isAutoscaler)).toHaveLength(1);
    await applyRoutingService(
      client,
      routingService("d", namespace, { ...SMALL, network: { policies: false } }),
    );
    await untilCondition(client, service, "Ready");
    await eventually(async () => {
      const gone = before.filter((object) => isPolicy(object) || isAutoscaler(object));
      expect(await Promise.all(gone.map((object) => exists(client, object)))).not.toContain(true);
    }, WAIT_MS);
    expect(await exists(client, bystander)).toBe(true);
    const after = await ownedObjects(client, service);
    expect(after).toHaveLength(before.length - 5);
    const kept = before.filter((object) => !isPolicy(object) && !isAutoscaler(object));
    expect(after.map(({ metadata }) => metadata.uid).sort()).toEqual(
      kept.map(({ metadata }) => metadata.uid).sort(),
    );
  });

  it("changes nothing while it is paused", async () => {
    const { client, namespace, operator } = fixture;
    const object = { apiVersion: "v1", kind: "Service", metadata: { name: "d-api", namespace } };
    await applyRoutingService(client, routingService("d", namespace, { ...SMALL, paused: true }));
    await untilCondition(client, service, "Paused");
    await client.delete(object);
    await untilQuiet();
    expect(await exists(client, object)).toBe(false);
    await applyRoutingService(client, routingService("d", namespace));
    await untilCondition(client, service, "Paused", "False");
    await eventually(async () => expect(await exists(client, object)).toBe(true), WAIT_MS);
    expect(await operator.metric("dumbwaiter_operator_api_warnings_total")).toBe(0);
  });

  it("deletes its objects with a RoutingService, and starts over for another of the same name", async () => {
    const { client, namespace } = fixture;
    const objects = await ownedObjects(client, service);
    await client.delete(service);
    const again = await applyRoutingService(client, routingService("d", namespace));
    await untilCondition(client, again, "Ready");
    // Objects that the garbage collector had not deleted yet are taken over.
    await eventually(async () => {
      for (const { metadata } of await ownedObjects(client, again)) {
        expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([again.metadata.uid]);
      }
    }, WAIT_MS);
    await client.delete(again);
    await eventually(async () => {
      expect(await Promise.all(objects.map((object) => exists(client, object)))).not.toContain(true);
    }, WAIT_MS);
    expect(fixture.deaths).toEqual([]);
  });
});
