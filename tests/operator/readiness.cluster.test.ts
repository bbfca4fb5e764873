import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import {
  healthyStatusOf,
  REFUSED,
  reportStatus,
  untilDependenciesReady,
} from "@dumbwaiter/dev-env/operator/dependency-controllers";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  conditionOf,
  eventMessages,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
  untilSaid,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { ROUTING_SERVICE, type RoutingServiceSpecInput } from "@dumbwaiter/infra";
import { installCrds } from "@dumbwaiter/infra/testing/install-crds";
import { isNotFound, type KubeObject, Reflector } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 90_000;
const TWO_PODS = { replicas: { min: 2, max: 2 } };

let fixture: OperatorFixture;
beforeAll(async () => {
  const cluster = await sharedCluster();
  await installCrds(cluster);
  fixture = await startOperatorFixture(cluster);
});
afterAll(async () => {
  await fixture?.stop();
  expect(fixture?.deaths).toEqual([]);
});

async function made(name: string, spec: RoutingServiceSpecInput): Promise<RoutingService> {
  return applyRoutingService(fixture.client, routingService(name, fixture.namespace, spec));
}

const untilNotReady = (service: RoutingService, reason: string, message: RegExp) =>
  untilSaid(fixture.client, service, "Ready", { status: "False", reason, message }, WAIT_MS);

/** All statuses of Ready from now on, and the numbers of the api's pods. */
async function watchReady(service: RoutingService) {
  const { client, namespace } = fixture;
  const seen: { ready: string | undefined; pods: number | undefined }[] = [];
  const changed = (object: KubeObject) => {
    if (object.metadata.name !== service.metadata.name) return;
    const live = object as RoutingService;
    seen.push({
      ready: conditionOf(live, "Ready")?.status,
      pods: live.status?.components?.api?.readyReplicas,
    });
  };
  const watch = new Reflector({
    ...{ client, kind: ROUTING_SERVICE, namespace },
    handler: { changed, deleted() {}, listed() {} },
  });
  watch.start();
  await watch.untilSynced();
  return { seen, stop: () => watch.stop() };
}

describe("a RoutingService whose topics, rights or route its controllers refuse", () => {
  const PUBSUB = "pubsub.cnrm.cloud.google.com/v1beta1";
  const IAM = "iam.cnrm.cloud.google.com/v1beta1";
  const GATEWAY = "gateway.networking.k8s.io/v1";
  const refusal = (type: string, reason: string) => ({
    ...{ type, status: "False", reason, message: "refused" },
    lastTransitionTime: "2030-01-01T00:00:00Z",
  });
  const parent = { parentRef: { name: "refused" }, controllerName: "example.org/gateway" };
  const accepted = { ...refusal("Accepted", "Accepted"), status: "True" };
  let service: RoutingService;

  beforeAll(async () => {
    const route = { kind: "gateway", host: "m.example", tlsSecret: "tls" } as const;
    const google = { ...SMALL.google, cloudResources: "configConnector" } as const;
    service = await made("refused", { ...SMALL, google, route });
    await untilDependenciesReady(fixture.client, service);
    await untilCondition(fixture.client, service, "Ready");
  }, 200_000);

  it.each<[string, string, object, RegExp]>([
    [PUBSUB, "PubSubTopic", { conditions: [REFUSED] }, /PubSubTopic .*UpdateFailed.*Error 403/],
    [PUBSUB, "PubSubSubscription", { conditions: [REFUSED] }, /PubSubSubscription .*Error 403/],
    [IAM, "IAMPolicyMember", { conditions: [REFUSED] }, /IAMPolicyMember .*Error 403/],
    [
      GATEWAY,
      "Gateway",
      { conditions: [accepted, refusal("Programmed", "Invalid")] },
      /Gateway refused: Programmed is False \(Invalid: refused\)/,
    ],
    [
      GATEWAY,
      "HTTPRoute",
      { parents: [{ ...parent, conditions: [accepted, refusal("ResolvedRefs", "BackendNotFound")] }] },
      /HTTPRoute refused: Gateway refused: ResolvedRefs is False \(BackendNotFound: refused\)/,
    ],
  ])("is not ready: %s %s", async (apiVersion, kind, status, message) => {
    const { client, namespace } = fixture;
    const [object] = await client.list({ apiVersion, kind }, { namespace });
    await reportStatus(client, object as KubeObject, status);
    const live = await untilNotReady(service, "DependenciesNotReady", message);
    expect(conditionOf(live, "DependenciesReady")).toMatchObject({
      ...{ status: "False", reason: "DependenciesNotReady", observedGeneration: live.metadata.generation },
      message: expect.stringMatching(message),
    });
    await eventually(async () => {
      const messages = await eventMessages(client, namespace, "DependenciesNotReady");
      expect(messages.join("\n")).toMatch(message);
    }, WAIT_MS);
    await reportStatus(client, object as KubeObject, healthyStatusOf(object as KubeObject));
    await untilCondition(client, service, "Ready");
  });
});

describe("a RoutingService whose pods serve", () => {
  it("is not ready while a component is scaled to 0, and says so", async () => {
    const { client, cluster, namespace } = fixture;
    const service = await made("zero", { ...SMALL, processor: { replicas: { min: 1, max: 3 } } });
    await untilCondition(client, service, "Ready");
    const scale = (replicas: number) =>
      cluster.kubectl(["scale", "deployment/zero-processor", "-n", namespace, `--replicas=${replicas}`]);
    await scale(0);
    const live = await untilNotReady(service, "NotAvailable", /processor: 0 of 0 pods .*scaled to 0/);
    expect(conditionOf(live, "ProcessorAvailable")).toMatchObject({
      status: "False",
      reason: "NotAvailable",
    });
    expect(conditionOf(live, "ApiAvailable")?.status).toBe("True");
    await scale(1);
    await untilCondition(client, service, "Ready");
  });

  it("stays ready with one pod of two, reports why the other cannot be created, and is not ready with none", async () => {
    const { client, cluster, namespace } = fixture;
    const service = await made("moves", { ...SMALL, api: TWO_PODS });
    await untilCondition(client, service, "Ready");
    const watch = await watchReady(service);
    const quota = {
      ...{ apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "no-more", namespace } },
      spec: { hard: { pods: "0" } },
    };
    await client.apply(quota, { fieldManager: "tests" });
    const labelSelector = "app.kubernetes.io/instance=moves,app.kubernetes.io/component=api";
    const pods = () => client.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector });
    const [first] = await pods();
    await client.delete(first as KubeObject);
    const degraded = await untilCondition(client, service, "Degraded");
    expect(conditionOf(degraded, "Degraded")).toMatchObject({
      reason: "ReplicaFailure",
      message: expect.stringMatching(/^api: pods .* is forbidden: exceeded quota: no-more/),
    });
    await eventually(() => expect(watch.seen.at(-1)?.pods).toBe(1), WAIT_MS);
    expect(new Set(watch.seen.map(({ ready }) => ready))).toEqual(new Set(["True"]));
    await watch.stop();

    // The one that was deleted may have been listed, and gone since.
    for (const pod of await pods()) {
      await client.delete(pod).catch((error) => {
        if (!isNotFound(error)) throw error;
      });
    }
    await untilNotReady(service, "NotAvailable", /^api: 0 of 2 pods available.*exceeded quota/);
    await client.delete(quota);
    // A new attempt would come only after the controller's backoff.
    await cluster.kubectl(["rollout", "restart", "deployment/moves-api", "-n", namespace]);
    await untilCondition(client, service, "Ready");
    await untilCondition(client, service, "Degraded", "False");
  });

  it("stays ready while 20 pods grow to 26", async () => {
    const { client, cluster, namespace } = fixture;
    // The target is 300m a pod: 60 % of its request.
    await cluster.setLoad(namespace, { cpuMillicores: 0 });
    const service = await made("grows", { ...SMALL, api: { replicas: { min: 20, max: 26 } } });
    await untilCondition(client, service, "Ready");
    await cluster.untilAvailable(namespace);
    const watch = await watchReady(service);
    await cluster.setLoad(namespace, { cpuMillicores: 26 * 300 });
    await eventually(() => expect(watch.seen.at(-1)?.pods).toBe(26), WAIT_MS);
    await watch.stop();
    expect(new Set(watch.seen.map(({ ready }) => ready))).toEqual(new Set(["True"]));
    await cluster.setLoad(namespace, { cpuMillicores: 0 });
  });

  it("is not ready if no pod can be created, with the reason", async () => {
    const processor = { ...SMALL.processor, priorityClassName: "absent" };
    const service = await made("priority", { ...SMALL, processor });
    const reason = /no PriorityClass with name absent was found/;
    const live = await untilNotReady(service, "NotAvailable", reason);
    expect(conditionOf(live, "Degraded")).toMatchObject({
      ...{ status: "True", reason: "ReplicaFailure" },
      message: expect.stringMatching(reason),
    });
  });

  it("is ready while it is paused, also for an operator that starts then", async () => {
    // One that watches nothing for other RoutingServices.
    const { client, operator, namespace, stop } = await startOperatorFixture(fixture.cluster);
    const google = { ...SMALL.google, cloudResources: "configConnector" } as const;
    const apply = (paused: boolean) =>
      applyRoutingService(client, routingService("resting", namespace, { ...SMALL, google, paused }));
    const service = await apply(false);
    await untilDependenciesReady(client, service);
    await untilCondition(client, await apply(true), "Ready");
    // As if another version of the operator, which renders other objects, had applied it.
    const { apiVersion, kind, metadata } = routingService("resting", namespace);
    const status = { lastAppliedHash: "of-another-version" };
    await client.apply(
      { apiVersion, kind, metadata, status },
      { fieldManager: "tests", force: true, subresource: "status" },
    );
    await operator.restart();
    await eventually(async () => {
      expect(await operator.metric("dumbwaiter_operator_reconciles_total")).toBeGreaterThan(0);
    }, WAIT_MS);
    expect(conditionOf(await untilCondition(client, service, "Ready"), "Ready")?.reason).toBe("Paused");
    await stop();
  });

  it("is not ready while it is paused with another spec than what is applied", async () => {
    const { client } = fixture;
    await untilCondition(client, await made("paused", SMALL), "Ready");
    const same = await made("paused", { ...SMALL, paused: true });
    expect(conditionOf(await untilCondition(client, same, "Ready"), "Ready")?.reason).toBe("Paused");
    const other = await made("paused", { ...SMALL, paused: true, images: { tag: "2" } });
    await untilNotReady(other, "ChangesHeldBack", /asks for changes/);
    await untilCondition(client, await made("paused", { ...SMALL, images: { tag: "2" } }), "Ready");
  });
});
