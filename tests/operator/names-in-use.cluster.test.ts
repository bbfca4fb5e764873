import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type InstalledPlugin, installPlugin } from "@dumbwaiter/dev-env/kubectl-plugin/installed-plugin";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  conditionOf,
  eventMessages,
  ownedObjects,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
  untilSaid,
} from "@dumbwaiter/dev-env/operator/routing-service";
import type { Plan } from "@dumbwaiter/kubectl-plugin/plan";
import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";

const KINDS = ["ConfigMap", "Service", "ServiceAccount"];

let fixture: OperatorFixture;
let plugin: InstalledPlugin;
let made: RoutingService[] = [];
beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster());
  plugin = await installPlugin(fixture.cluster);
});
afterEach(async () => {
  for (const service of made) await fixture.client.delete(service).catch(() => undefined);
  made = [];
});
afterAll(async () => {
  await plugin?.uninstall();
  await fixture?.stop();
});

function sample(name: string, google: object = {}, redis: object = {}): RoutingService {
  const spec = { ...SMALL, google: { ...SMALL.google, ...google }, redis: { ...SMALL.redis, ...redis } };
  return routingService(name, fixture.namespace, spec);
}

async function applied(service: RoutingService): Promise<RoutingService> {
  made.push(service);
  return applyRoutingService(fixture.client, service);
}

async function untilRefused(service: RoutingService): Promise<RoutingService> {
  const live = await untilSaid(fixture.client, service, "Degraded", { reason: "NamesInUse" });
  expect(conditionOf(live, "Ready")).toMatchObject({ status: "False", reason: "NamesInUse" });
  return live;
}

/** The objects with its label, whatever its status says. */
async function objectsOf({ metadata }: RoutingService): Promise<string[]> {
  const labelSelector = `app.kubernetes.io/instance=${metadata.name}`;
  const lists = await Promise.all(
    [...KINDS.map((kind) => ({ apiVersion: "v1", kind })), { apiVersion: "apps/v1", kind: "Deployment" }].map(
      (kind) => fixture.client.list(kind, { namespace: fixture.namespace, labelSelector }),
    ),
  );
  return lists.flat().map((object) => `${object.kind} ${object.metadata.name}`);
}

it("the second that asks for a name gets nothing, until the first is gone", async () => {
  const pubsub = { pushTopic: "one-for-both" };
  const first = sample("first", { pubsub });
  const second = sample("second", { pubsub });
  await applied(first);
  await untilCondition(fixture.client, first, "Ready");
  await applied(second);
  const refused = await untilRefused(second);
  const message = conditionOf(refused, "Degraded")?.message;
  expect(message).toContain(`RoutingService ${fixture.namespace}/first already uses topic one-for-both`);
  expect(message).toContain("google.pubsub.pushTopic");
  expect(refused.status).not.toHaveProperty("inventory");
  expect(await objectsOf(second)).toEqual([]);
  await eventually(async () =>
    expect(await eventMessages(fixture.client, fixture.namespace, "Degraded")).toContain(message),
  );
  expect(conditionOf((await fixture.client.get(first)) as RoutingService, "Ready")?.status).toBe("True");

  await fixture.client.delete(first);
  const ready = await untilCondition(fixture.client, second, "Ready");
  expect(ready.status?.names).toMatchObject({ pushTopic: "one-for-both" });
  expect(conditionOf(ready, "Degraded")?.status).toBe("False");
});

it("who has a name keeps it, and who asks for it later goes on with what it has", async () => {
  const older = sample("older");
  const newer = sample("newer", { pubsub: { pushTopic: "of-the-newer" } });
  await applied(older);
  const before = await untilCondition(fixture.client, older, "Ready");
  await applied(newer);
  await untilCondition(fixture.client, newer, "Ready");
  const versions = async () =>
    (await ownedObjects(fixture.client, older)).map(({ kind, metadata }) => [
      kind,
      metadata.name,
      metadata.generation,
      kind === "Deployment" ? undefined : metadata.resourceVersion,
    ]);
  const untouched = await versions();

  await applied(sample("older", { pubsub: { pushTopic: "of-the-newer" } }));
  const refused = await untilRefused(older);
  expect(conditionOf(refused, "Degraded")?.message).toContain(`${fixture.namespace}/newer`);
  expect(refused.status?.names).toEqual(before.status?.names);
  expect(await versions()).toEqual(untouched);
  expect(conditionOf((await fixture.client.get(newer)) as RoutingService, "Ready")?.status).toBe("True");
  // Its objects still use its own topic.
  const third = sample("third", { pubsub: { pushTopic: before.status?.names?.pushTopic } });
  await applied(third);
  await untilRefused(third);
});

it("what it leaves is free once its pods have left it, and the one that waits for it gets it", async () => {
  const leaving = (pushTopic: string, image = "registry.example/ready:1"): RoutingService => {
    const { metadata, spec } = sample("leaving", { pubsub: { pushTopic } });
    return { ...sample("leaving"), metadata, spec: { ...spec, realtime: { ...spec.realtime, image } } };
  };
  const waiting = sample("waiting", { pubsub: { pushTopic: "left" } });
  await applied(leaving("left"));
  await untilCondition(fixture.client, leaving("left"), "Ready");
  await applied(leaving("taken", "registry.example/never-ready:1"));
  await eventually(async () => {
    const { status } = (await fixture.client.get(leaving("taken"))) as RoutingService;
    expect(status?.names).toMatchObject({ pushTopic: "taken" });
    expect(status?.components?.realtime?.rollout).toBe("Progressing");
  });

  await applied(waiting);
  const refused = await untilRefused(waiting);
  expect(conditionOf(refused, "Degraded")?.message).toContain("/leaving already uses topic left");
  const other = sample("waiting-too", { pubsub: { pushTopic: "taken" } });
  await applied(other);
  await untilRefused(other);
  expect(await objectsOf(waiting)).toEqual([]);

  await applied(leaving("taken"));
  await untilCondition(fixture.client, waiting, "Ready");
  await untilRefused(other);
});

it("one that asks for another Redis uses the one before until it gets the other", async () => {
  const inRedis = (name: string, secret: string) =>
    sample(name, {}, { urlSecret: { name: secret }, keyPrefix: "in-redis:" });
  for (const service of [inRedis("moving", "redis-1"), inRedis("staying", "redis-2")]) {
    await applied(service);
    await untilCondition(fixture.client, service, "Ready");
  }
  const before = ((await fixture.client.get(sample("moving"))) as RoutingService).status?.claims;
  await applied(inRedis("moving", "redis-2"));
  const refused = await untilRefused(inRedis("moving", "redis-2"));
  expect(conditionOf(refused, "Degraded")?.message).toContain("/staying already uses Redis keys");
  expect(refused.status?.claims).toEqual(before);
  await applied(inRedis("arriving", "redis-1"));
  const arriving = await untilRefused(inRedis("arriving", "redis-1"));
  expect(conditionOf(arriving, "Degraded")?.message).toContain("/moving already uses Redis keys");
  const staying = (await fixture.client.get(sample("staying"))) as RoutingService;
  expect(conditionOf(staying, "Degraded")?.status).toBe("False");
});

it.each<[string, object, object]>([
  ["subscription for-both", { pubsub: { deadLetterSubscription: "for-both" } }, {}],
  ["Firestore collections with the prefix both.", { firestoreCollectionPrefix: "both." }, {}],
  ["Firestore collections without a prefix", { firestoreCollectionPrefix: "" }, {}],
  ["Redis keys with the prefix both:", {}, { keyPrefix: "both:" }],
])("%s is not shared", async (text, google, redis) => {
  const suffix = text
    .replaceAll(/[^a-z]+/g, "-")
    .slice(-12)
    .replace(/^-|-$/g, "");
  const [has, wants] = [`has-${suffix}`, `wants-${suffix}`];
  await applied(sample(has, google, redis));
  await untilCondition(fixture.client, sample(has), "Ready");
  await applied(sample(wants, google, redis));
  const refused = await untilRefused(sample(wants));
  expect(conditionOf(refused, "Degraded")?.message).toContain(text);
});

async function planWith(args: readonly string[], output: string, services: readonly RoutingService[]) {
  return plugin.run(["plan", "-f", "-", "--output", output, ...args], {
    stdin: JSON.stringify({ apiVersion: "v1", kind: "List", items: services }),
  });
}

const refusalOf = (name: string) =>
  `the operator would not apply RoutingService ${fixture.namespace}/${name}: RoutingService ${fixture.namespace}/`;

it("a plan says so beforehand", async () => {
  const pubsub = { pushTopic: "planned" };
  await applied(sample("present", { pubsub }));
  await untilCondition(fixture.client, sample("present"), "Ready");
  const plan = (output: string, ...services: RoutingService[]) => planWith([], output, services);
  const json = await plan("json", sample("planned", { pubsub }));
  const [only] = (JSON.parse(json.stdout) as { plans: Plan[] }).plans;
  expect(only).toMatchObject({ action: "create", objects: [] });
  expect(only?.stopped).toMatchObject({
    reason: "NamesInUse",
    message: expect.stringContaining(
      `RoutingService ${fixture.namespace}/present already uses topic planned`,
    ),
  });
  expect(json.exitCode).toBe(1);
  expect(json.stderr).toContain(refusalOf("planned"));
  const text = await plan("text", sample("planned", { pubsub }));
  expect(text.stdout).toContain("already uses topic planned (google.pubsub.pushTopic)");

  // Two of one file, and one that others do not disturb.
  const together = await plan(
    "json",
    sample("one", { pubsub: { pushTopic: "new" } }),
    sample("two", { pubsub: { pushTopic: "new" } }),
  );
  const plans = (JSON.parse(together.stdout) as { plans: Plan[] }).plans;
  expect(plans.map(({ name, stopped }) => [name, stopped !== undefined])).toEqual([
    ["one", false],
    ["two", true],
  ]);
  // An object of somebody else in the way of one, and names in the way of another.
  const metadata = { name: "blocked-api", namespace: fixture.namespace };
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata };
  await fixture.client.apply(configMap, { fieldManager: "tests" });
  const both = await plan("json", sample("blocked"), sample("planned", { pubsub }));
  expect(both.stderr).toContain("ConfigMap blocked-api");
  expect(both.stderr).toContain(refusalOf("planned"));
  const free = await plan("json", sample("free"), sample("present", { pubsub }));
  expect(free.exitCode).toBe(0);
  expect(free.stderr).not.toContain("would not apply");
});

it("a plan of somebody who may see one namespace compares with that one, and says so", async () => {
  const { cluster, namespace } = fixture;
  const pubsub = { pushTopic: "in-one-namespace" };
  await applied(sample("visible", { pubsub }));
  await untilCondition(fixture.client, sample("visible"), "Ready");
  const rbac = "rbac.authorization.k8s.io";
  const metadata = { name: "everything-here", namespace };
  const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
  const roleRef = { apiGroup: rbac, kind: "Role", name: metadata.name };
  const subjects = [{ kind: "ServiceAccount", name: "default", namespace }];
  await cluster.apply([
    { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules },
    { apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata, roleRef, subjects },
  ]);
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, "default");
  const { exitCode, stderr } = await planWith(["--kubeconfig", kubeconfig], "json", [
    sample("visible-too", { pubsub }),
  ]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`names were compared only within ${namespace}`);
  expect(stderr).toContain(refusalOf("visible-too"));
});
