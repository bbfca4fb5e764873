import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type ApiProxy, sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import {
  type ProxiedOperatorFixture,
  startProxiedOperatorFixture,
} from "@dumbwaiter/dev-env/operator/operator-fixture";
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
import { parseProps, type RoutingServiceSpecInput, renderRoutingService } from "@dumbwaiter/infra";
import type { KubeClient, KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 120_000;
const AUTOSCALED: RoutingServiceSpecInput = { ...SMALL, api: { replicas: { min: 1, max: 3 } } };

let fixture: ProxiedOperatorFixture;
let cluster: TestCluster;
let proxy: ApiProxy;
let client: KubeClient;
let namespace: string;

beforeAll(async () => {
  fixture = await startProxiedOperatorFixture(await sharedCluster());
  ({ cluster, proxy, client, namespace } = fixture);
});
afterEach(() => proxy?.intercept(async () => "pass"));
afterAll(() => fixture?.stop());

const foreignOf = (kind: string, name: string) =>
  somebodyElses(`${name}-api`, namespace).find((object) => object.kind === kind) as KubeObject;

/** Somebody deletes our object, and creates another of the same name. */
async function replace(object: KubeObject): Promise<void> {
  await client.delete(object);
  await eventually(async () => {
    expect(await exists(client, object)).toBe(false);
    await client.create(object);
  }, WAIT_MS);
}

async function pause(name: string, spec = AUTOSCALED): Promise<void> {
  await applyRoutingService(client, routingService(name, namespace, { ...spec, paused: true }));
  await untilCondition(client, routingService(name, namespace), "Paused", "True", WAIT_MS);
}

async function untilNotOurs(name: string, { kind, metadata }: KubeObject): Promise<void> {
  const message = `${kind} ${metadata.name}: exists and is not part of`;
  await untilSaid(
    client,
    routingService(name, namespace),
    "Degraded",
    { reason: "NotOurs", message },
    WAIT_MS,
  );
}

describe("an object of somebody else", () => {
  it.each(["ConfigMap", "ServiceAccount", "Service", "Deployment"])(
    "that appears while ours is being created is left alone: a %s",
    async (kind) => {
      const name = `race-${kind.toLowerCase()}`;
      const foreign = foreignOf(kind, name);
      const path = `/${kind.toLowerCase()}s/${name}-api?`;
      let created: Promise<unknown> | undefined;
      // The operator has found that there is none; its request arrives when there is one.
      proxy.intercept(async ({ method, url = "" }) => {
        if (method === "PATCH" && url.includes(path)) {
          created ??= client.create(foreign).then(() => contentOf(client, foreign));
          await created;
        }
        return "pass";
      });
      await applyRoutingService(client, routingService(name, namespace));
      await untilNotOurs(name, foreign);
      const { spec, data, isTouched, metadata } = (await contentOf(client, foreign)) as KubeObject;
      expect({ isTouched, owners: metadata.ownerReferences }).toEqual({ isTouched: false });
      expect({ spec, data }).toMatchObject({ spec: foreign.spec, data: foreign.data });
    },
  );

  it.each(["ConfigMap", "Service", "Deployment"])(
    "that replaces ours just before an apply is left alone: a %s",
    async (kind) => {
      const name = `swap-${kind.toLowerCase()}`;
      const foreign = foreignOf(kind, name);
      await applyRoutingService(client, routingService(name, namespace));
      await untilCondition(client, routingService(name, namespace), "Ready", "True", WAIT_MS);
      const path = `/${kind.toLowerCase()}s/${name}-api?`;
      let replaced: Promise<unknown> | undefined;
      proxy.intercept(async ({ method, url = "" }) => {
        if (method === "PATCH" && url.includes(path)) {
          replaced ??= replace(foreign);
          await replaced;
        }
        return "pass";
      });
      const spec: RoutingServiceSpecInput = {
        ...{ ...SMALL, images: { tag: "2" }, limits: { maxDevices: 7 } },
        route: { kind: "ingress", className: "gce", host: "m.example", tlsSecret: "tls" },
      };
      await applyRoutingService(client, routingService(name, namespace, spec));
      await untilNotOurs(name, foreign);
      expect(await contentOf(client, foreign)).toMatchObject({ isTouched: false });
      // Each failure is an object's, not only a component's.
      expect((await eventMessages(client, namespace, "Degraded")).join("\n")).not.toMatch(/(^|; )api: /m);
    },
  );

  it("does not count as available, though it has the labels of another RoutingService", async () => {
    const foreign = foreignOf("Deployment", "counted");
    const labels = { "app.kubernetes.io/managed-by": "dumbwaiter", "app.kubernetes.io/instance": "another" };
    await client.create({ ...foreign, metadata: { ...foreign.metadata, labels } });
    await cluster.untilAvailable(namespace);
    const service = routingService("counted", namespace);
    await applyRoutingService(client, service);
    await untilCondition(client, service, "RealtimeAvailable", "True", WAIT_MS);
    const live = await untilCondition(client, service, "Degraded", "True", WAIT_MS);
    expect(conditionOf(live, "Degraded")).toMatchObject({
      reason: "NotOurs",
      message: expect.stringContaining("Deployment counted-api: exists and has the labels of another"),
    });
    expect(conditionOf(live, "ApiAvailable")).toMatchObject({ status: "False", reason: "NotAvailable" });
    expect(live.status?.components?.api).toMatchObject({ rollout: "Pending", replicas: 0 });
  });

  it("is not scaled by an autoscaler of ours, which is deleted", async () => {
    const service = routingService("scaled", namespace, AUTOSCALED);
    await applyRoutingService(client, service);
    await untilCondition(client, service, "Ready", "True", WAIT_MS);
    const autoscaler = foreignOf("HorizontalPodAutoscaler", "scaled");
    const deployment = foreignOf("Deployment", "scaled");
    expect(await exists(client, autoscaler)).toBe(true);
    await pause("scaled");
    await replace(deployment);
    await applyRoutingService(client, service);
    await untilNotOurs("scaled", deployment);
    await eventually(async () => expect(await exists(client, autoscaler)).toBe(false), WAIT_MS);
    expect(await contentOf(client, deployment)).toMatchObject({ isTouched: false, spec: { replicas: 2 } });
    await eventually(async () => {
      expect(await eventMessages(client, namespace, "Pruned")).toContain(
        "Deleted HorizontalPodAutoscaler scaled-api, because Deployment scaled-api is somebody else's",
      );
    }, WAIT_MS);
    // As soon as the name is free, everything is as it was.
    await client.delete(deployment);
    await untilCondition(client, service, "Ready", "True", WAIT_MS);
    await eventually(async () => expect(await exists(client, autoscaler)).toBe(true), WAIT_MS);
  });

  it("is not pruned, though the inventory has its name", async () => {
    const service = routingService("pruned", namespace, AUTOSCALED);
    await applyRoutingService(client, service);
    await untilCondition(client, service, "Ready", "True", WAIT_MS);
    const autoscaler = foreignOf("HorizontalPodAutoscaler", "pruned");
    await pause("pruned");
    await replace(autoscaler);
    await applyRoutingService(client, routingService("pruned", namespace));
    const live = await untilCondition(client, service, "Ready", "True", WAIT_MS);
    expect(live.status?.inventory?.map(({ kind }) => kind)).not.toContain("HorizontalPodAutoscaler");
    expect(await contentOf(client, autoscaler)).toMatchObject({ isTouched: false });
    // Otherwise it would go on scaling what the operator scales back.
    await client.delete(autoscaler);
  });
});

describe("objects of ours", () => {
  it("keep their autoscaler while their Deployment is absent", async () => {
    const service = routingService("absent", namespace, AUTOSCALED);
    await applyRoutingService(client, service);
    await untilCondition(client, service, "Ready", "True", WAIT_MS);
    const autoscaler = foreignOf("HorizontalPodAutoscaler", "absent");
    const { uid } = (await client.get(autoscaler)).metadata;
    proxy.intercept(async ({ method, url = "" }, response) => {
      if (method !== "PATCH" || !url.includes("/deployments/absent-api?")) return "pass";
      response.writeHead(403, { "content-type": "application/json" });
      response.end(JSON.stringify({ kind: "Status", code: 403, reason: "Forbidden", message: "not now" }));
      return "answered";
    });
    await client.delete(foreignOf("Deployment", "absent"));
    const degraded = await untilCondition(client, service, "Degraded", "True", WAIT_MS);
    expect(conditionOf(degraded, "Degraded")).toMatchObject({ reason: "ApplyFailed" });
    expect((await client.find(autoscaler))?.metadata.uid).toBe(uid);
    proxy.intercept(async () => "pass");
    await untilCondition(client, service, "Ready", "True", WAIT_MS);
    expect((await client.get(autoscaler)).metadata.uid).toBe(uid);
  });

  it("can be taken away, by removing what says that they are ours", async () => {
    const service = routingService("taken", namespace);
    await applyRoutingService(client, service);
    await untilCondition(client, service, "Ready", "True", WAIT_MS);
    const object = { ...foreignOf("Service", "taken") };
    const labels = { "app.kubernetes.io/managed-by": null };
    await client.mergePatch(object, { metadata: { labels, ownerReferences: null } });
    const before = (await client.get(object)).metadata;
    await untilNotOurs("taken", object);
    const { resourceVersion, ownerReferences } = (await client.get(object)).metadata;
    expect({ resourceVersion, ownerReferences }).toEqual({ resourceVersion: before.resourceVersion });
  });

  it("are taken over from `npm run synth`, without replacing a pod", async () => {
    const { spec } = routingService("synth", namespace, AUTOSCALED);
    const rendered = renderRoutingService(parseProps("synth", namespace, spec)) as KubeObject[];
    await cluster.apply(rendered);
    await cluster.untilAvailable(namespace);
    const stateOf = async (object: KubeObject) => {
      const { kind, metadata } = await client.get(object);
      return {
        kind,
        uid: metadata.uid,
        ...(kind === "Deployment" ? { generation: metadata.generation } : {}),
      };
    };
    const before = await Promise.all(rendered.map(stateOf));
    await applyRoutingService(client, routingService("synth", namespace, AUTOSCALED));
    const ready = await untilCondition(client, routingService("synth", namespace), "Ready", "True", WAIT_MS);
    expect(await Promise.all(rendered.map(stateOf))).toEqual(before);
    const owned = await ownedObjects(client, ready);
    expect(owned).toHaveLength(rendered.length);
    for (const { metadata } of owned) {
      expect(metadata.ownerReferences).toMatchObject([{ uid: ready.metadata.uid, controller: true }]);
    }
  });

  it("cost no read to find that they are ours", async () => {
    const service = routingService("cheap", namespace, AUTOSCALED);
    await applyRoutingService(client, service);
    await untilCondition(client, service, "Ready", "True", WAIT_MS);
    const spec = { ...AUTOSCALED, limits: { maxDevices: 7 } };
    await applyRoutingService(client, routingService("cheap", namespace, spec));
    const ready = await untilCondition(client, service, "Ready", "True", WAIT_MS);
    expect(ready.status?.inventory?.length).toBeGreaterThan(15);
    const requests = (await cluster.auditLog()).filter(
      ({ objectRef, user }) =>
        objectRef?.namespace === namespace &&
        objectRef.name?.startsWith("cheap") &&
        user.username.startsWith(`system:serviceaccount:${namespace}:`),
    );
    expect(requests.filter(({ verb }) => verb === "patch").length).toBeGreaterThan(15);
    expect(requests.filter(({ verb }) => verb === "get").map(({ requestURI }) => requestURI)).toEqual([]);
  });
});
